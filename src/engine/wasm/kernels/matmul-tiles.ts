/** How a product is divided into tiles and blocks: numbers with their reasons, and pure functions. */
import type { Target } from './kernel.ts';

/**
 * Rows of a tile. 6×16 floats are 12 registers of 256 bits of the 16 there are; two hold B, one A. Twelve
 * independent sums also hide the latency of the multiply-add: 4 cycles, two started in each. Lower tiles take the
 * rows that are left over.
 */
export const tileHeights = [6, 5, 4, 3, 2, 1] as const;
/**
 * Few sums wait for their own additions: a tile of 1, 2 or 3 rows takes as long as one of 4. So these numbers of
 * remaining rows are not a tile of 6 and a low one, but start with a lower tile: 4 + 3, 4 + 4 and 5 + 4.
 */
const evenSplits: Readonly<Record<number, number>> = { 7: 4, 8: 4, 9: 5 };
/** Columns of the widest tile. */
export const widestTile = 16;
/** Columns of a tile, with registers of 256 and of 128 bits. */
export function tileColumns({ wide }: Target): number {
  return wide ? widestTile : widestTile / 2;
}
/**
 * Longest block of k. A panel of 1024 × 16 floats, 64 KiB, is read from the second-level cache. That is fast enough
 * for one row of 64 bytes in the six cycles of a tile's round. Shorter blocks, whose panel fits in the first level,
 * measured slower, because they read and write C more often.
 */
export const maxDepth = 1024;
/**
 * The same where A is stored transposed. A tile then needs 24 bytes of each cache line that it reads, and the tiles of the
 * next rows need the rest. 256 such lines stay in the first-level cache until then, together with 256 rows of B's panel.
 */
export const columnDepth = 256;
/** Most rows that use a panel before the next panel does: their block of A, 48 × 1024 floats, stays in the L2 cache. */
export const maxRows = 48;
/** Rounds of the inner loop that are unrolled. */
export const unroll = 4;

/** The heights of the tiles that cover a number of rows, in order. */
export function planRows(rows: number): number[] {
  const heights: number[] = [];
  for (let left = rows; left > 0; left -= heights.at(-1)!) {
    heights.push(evenSplits[left] ?? Math.min(left, tileHeights[0]));
  }
  return heights;
}

/** The blocks of rows of a call; a single panel takes all rows at once. */
export function planRowBlocks(rows: number, panels: number): number[] {
  if (panels === 1 || rows <= maxRows) return [rows];
  return [maxRows, ...planRowBlocks(rows - maxRows, panels)];
}

/** Blocks of k: as few as possible, of nearly equal length, not longer than `most`. */
export function planDepth(
  k: number,
  most: number = maxDepth,
): { readonly start: number; readonly depth: number }[] {
  const blocks = Math.ceil(k / most);
  const bounds = Array.from({ length: blocks + 1 }, (_, index) => Math.floor((k * index) / blocks));
  return bounds.slice(1).map((end, index) => ({ start: bounds[index]!, depth: end - bounds[index]! }));
}

/** Columns that one kernel computes: `panels` of them, each `columns` wide, from column `start` on. */
export interface ColumnGroup {
  readonly start: number;
  readonly columns: number;
  readonly panels: number;
}

/**
 * Columns of the groups for what whole panels leave over. Three vectors make twelve sums in a tile, as many as a product needs
 * so that it does not wait for them: 10 columns are one group, not 8 and 2.
 */
const narrowGroups = [12, 11, 10, 9, 8, 4, 3, 2, 1];

/** Groups of columns: whole panels, then narrower groups for what is left. */
export function planColumns(n: number, target: Target): ColumnGroup[] {
  const width = tileColumns(target);
  const groups: ColumnGroup[] = [];
  let start = Math.floor(n / width) * width;
  if (start > 0) groups.push({ start: 0, columns: width, panels: start / width });
  for (const columns of narrowGroups) {
    if (columns < width && n - start >= columns) {
      groups.push({ start, columns, panels: 1 });
      start += columns;
    }
  }
  return groups;
}

/**
 * The same for sums in a single block, whose columns may be computed twice: the bits are equal. Narrow groups are
 * slow, because the arithmetic waits for their few sums. Where more than one would be left, the last panel is a whole
 * one that ends with the last column: 61 columns are three panels of 16, and one from column 45 on.
 */
export function planOverlappingColumns(n: number, target: Target): ColumnGroup[] {
  const groups = planColumns(n, target);
  const width = tileColumns(target);
  if (n < width || groups.length < 3) return groups;
  return [groups[0]!, { start: n - width, columns: width, panels: 1 }];
}
