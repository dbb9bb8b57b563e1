/** The shape of a tile: how the work of a product is shared between workgroups, threads and registers. */
export interface Tile {
  /** Outputs of a workgroup: a tile of rows × columns of C. */
  readonly rows: number;
  readonly columns: number;
  /** Terms of the sums between two barriers: the workgroup loads so many columns of A and rows of B at once. */
  readonly depth: number;
  /** Outputs of a thread, in registers; multiples of 4, so that vec4f serves both operands. */
  readonly threadRows: number;
  readonly threadColumns: number;
  /**
   * Groups of threads in a workgroup that each take every slices-th term; their sums are added at the end. It
   * gives a workgroup with few outputs enough threads to load and multiply with.
   */
  readonly slices: number;
  /** Parts of the sum over k that different workgroups take; a second kernel adds them up. */
  readonly parts: number;
  /** Whether the next terms are loaded into registers while these are multiplied. */
  readonly prefetch: boolean;
}

/** What WebGPU promises on every device. */
export const limits = {
  threads: 256,
  workgroupBytes: 16_384,
  storageBuffers: 8,
  groups: 65_535,
} as const;

/** Threads along a row and a column of the tile, in a slice and in the workgroup. */
export function tileThreads(tile: Tile): { across: number; down: number; slice: number; all: number } {
  const across = tile.columns / tile.threadColumns;
  const down = tile.rows / tile.threadRows;
  return { across, down, slice: across * down, all: across * down * tile.slices };
}

/** `64x32x16_8x4`, with `_slices4`, `_parts8` and `_ahead` where they apply. */
export function tileName({ rows, columns, depth, threadRows, threadColumns, ...tile }: Tile): string {
  return (
    `${rows}x${columns}x${depth}_${threadRows}x${threadColumns}` +
    `${tile.slices > 1 ? `_slices${tile.slices}` : ''}${tile.parts > 1 ? `_parts${tile.parts}` : ''}` +
    `${tile.prefetch ? '_ahead' : ''}`
  );
}

/** @throws RangeError if the numbers do not divide, or ask for more than WebGPU promises */
export function assertTile(tile: Tile): void {
  const { rows, columns, depth, threadRows, threadColumns, slices } = tile;
  const ratios = [
    rows / threadRows,
    columns / threadColumns,
    threadRows / 4,
    threadColumns / 4,
    depth / 4,
    depth / slices,
  ];
  if (!ratios.every((ratio) => Number.isInteger(ratio) && ratio > 0)) {
    throw new RangeError(`tile ${tileName(tile)} does not divide into whole parts`);
  }
  const { all } = tileThreads(tile);
  if (all > limits.threads) throw new RangeError(`tile ${tileName(tile)} has ${all} threads`);
}

/** How the sum over k is cut: each part makes the same number of steps, of `depth` terms each. */
export interface Steps {
  readonly depth: number;
  readonly count: number;
  /** Whether the steps of all parts end exactly at k: otherwise loads beyond it are guarded. */
  readonly exact: boolean;
}

/**
 * A tile that is deeper than the sum is cut down to it: to a whole number of terms for each slice, and to whole
 * vectors where k has them.
 */
export function planSteps({ depth, slices, parts }: Tile, k: number): Steps {
  const unit = k % 4 === 0 ? Math.max(4, slices) : slices;
  const used = Math.min(depth, Math.ceil(k / unit) * unit);
  const count = Math.ceil(Math.ceil(k / used) / parts);
  return { depth: used, count, exact: used * count * parts === k };
}
