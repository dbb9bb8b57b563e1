/**
 * Which tiles are worth a measurement for a product of a given size, best guess first. A large tile loads each number
 * less often; many small ones keep all processors of the GPU busy. Which of the two counts more depends on the size.
 */
import type { MatmulSize } from './matmul.ts';
import { limits, planSteps, type Tile, tileThreads } from './tile.ts';

type TileShape = Omit<Tile, 'parts'>;

/** A shape, and the share of the peak that it reached on an H100 for a square product of 4096, which keeps it busy. */
interface Candidate {
  readonly shape: TileShape;
  readonly share: number;
}

function candidate(
  share: number,
  [rows, columns, depth]: readonly [number, number, number],
  [threadRows, threadColumns]: readonly [number, number],
  { slices = 1, prefetch = false }: { readonly slices?: number; readonly prefetch?: boolean } = {},
): Candidate {
  return { share, shape: { rows, columns, depth, threadRows, threadColumns, slices, prefetch } };
}

/** Each is there for a reason. */
const candidates: readonly Candidate[] = [
  // large products: for each k, a thread with 64 sums needs 4 loads of vectors for its 16 multiply-adds of vectors
  candidate(0.52, [128, 64, 16], [8, 8]),
  candidate(0.58, [128, 64, 16], [8, 4]),
  candidate(0.55, [128, 128, 8], [8, 8], { prefetch: true }),
  // medium ones, and convolutions: enough workgroups for all processors, and half the sums in each thread
  candidate(0.55, [64, 64, 16], [8, 4]),
  candidate(0.56, [64, 64, 16], [8, 4], { prefetch: true }),
  // convolutions with 32 filters or channels
  candidate(0.45, [64, 32, 16], [4, 4]),
  candidate(0.51, [128, 32, 16], [8, 4]),
  // products with 2,000 to 100,000 outputs: groups of threads share the terms of a step
  candidate(0.42, [32, 32, 32], [4, 4], { slices: 2 }),
  candidate(0.34, [32, 32, 32], [4, 4], { slices: 4, prefetch: true }),
  // the filter's gradient in a first convolution has 9 rows
  candidate(0.32, [16, 32, 64], [4, 4], { slices: 8, prefetch: true }),
  // a small dense layer has 64 rows and 10 to 128 columns: few outputs for each workgroup, many threads for each output
  candidate(0.21, [16, 16, 64], [4, 4], { slices: 16, prefetch: true }),
  candidate(0.11, [8, 8, 128], [4, 4], { slices: 64, prefetch: true }),
];

/** Parts that are tried: the second kernel costs a launch, so that they must save more than that. */
const partCounts = [1, 2, 4, 8, 16, 32, 64, 128, 256] as const;

/** The GPU that the estimate is made for, in cycles of a processor: an H100, 1.755 GHz. */
const estimated = {
  processors: 132,
  /** Multiply-adds a cycle, and threads and registers that a processor holds at once. */
  multiplyAdds: 128,
  threads: 2048,
  registers: 65_536,
  /** Bytes a cycle that a processor gets from the cache that all share. */
  bytes: 32,
  /** From the loads of a step to its last multiply-add, and for a second kernel: 0.5 µs and 4 µs. */
  step: 900,
  launch: 7000,
} as const;

/** Registers of a thread besides its sums: operands, addresses, loads under way. */
const otherRegisters = 48;

/**
 * Cycles that a tile takes for a product: as many as multiplying, or loading, or going through the steps takes, and
 * those for adding up. All workgroups of a processor share the first two, and wait for their steps at the same time.
 */
function estimateCycles({ shape, share }: Candidate, parts: number, { m, n, k }: MatmulSize): number {
  const { rows, columns, threadRows, threadColumns, slices } = shape;
  const tile = { ...shape, parts };
  const { processors, multiplyAdds, threads, registers, bytes, step, launch } = estimated;
  const { count, depth } = planSteps(tile, k);
  const { all } = tileThreads(tile);
  const workgroups = Math.ceil(m / rows) * Math.ceil(n / columns) * parts;
  const most = Math.ceil(workgroups / processors);
  const registersOfGroup = all * (threadRows * threadColumns + otherRegisters);
  const resident = Math.max(
    1,
    Math.min(most, Math.floor(Math.min(threads / all, registers / registersOfGroup))),
  );

  // 32 threads at a time multiply; a few such groups need each other to have something to do while they wait
  const groups = (resident * all) / 32;
  const reached = share * (groups / (groups + 4));
  const multiplying = (rows * columns * depth) / (multiplyAdds * reached);
  const loading = ((rows + columns) * depth * 4) / bytes;
  const waiting = Math.ceil(most / resident) * count * step;
  const addingUp = 8 * slices + (parts > 1 ? launch + (8 * parts * m * n) / (processors * bytes) : 0);
  return Math.max(most * count * multiplying, most * count * loading, waiting) + addingUp;
}

/**
 * Tiles in the order of the estimate, three to five; one of them has no parts, since the estimate does not know what a
 * second kernel costs on every GPU. An engine that cannot measure takes the first.
 */
export function candidatesFor(size: MatmulSize): Tile[] {
  const tiles = allTiles(size);
  const first = tiles.slice(0, mostCandidates);
  if (first.some(({ parts }) => parts === 1)) return first;
  return [...first.slice(0, -1), tiles.find(({ parts }) => parts === 1)!];
}

const mostCandidates = 5;

/** All of them, for a benchmark. */
export function allTiles(size: MatmulSize): Tile[] {
  return candidates
    .flatMap((each) => {
      const [whole, ...split] = partCounts
        .map((parts) => ({ tile: { ...each.shape, parts }, cycles: estimateCycles(each, parts, size) }))
        .filter(({ tile }) => fits(tile, size));
      const best = split.toSorted((x, y) => x.cycles - y.cycles).slice(0, 1);
      return whole ? [whole, ...best] : [];
    })
    .toSorted((x, y) => x.cycles - y.cycles)
    .map(({ tile }) => tile);
}

/** Whether WebGPU takes so many workgroups, and each part has steps of its own. */
function fits(tile: Tile, { m, n, k }: MatmulSize): boolean {
  const { count, depth } = planSteps(tile, k);
  const groups = Math.max(Math.ceil(m / tile.rows), Math.ceil(n / tile.columns));
  return groups <= limits.groups && (tile.parts === 1 || count * depth * (tile.parts - 1) < k);
}

/**
 * The tile for an adapter in software, whatever the size. It runs the threads of a workgroup in turn, from barrier to
 * barrier, so that slices cost a lot. Its compiler is slow where a thread has much code: 64 threads that load 8 numbers
 * a step and have 16 sums take half a second, where 16 threads with 32 numbers and 64 sums take minutes for a convolution.
 */
export const softwareTile: Tile = { ...candidate(0, [32, 32, 8], [4, 4]).shape, parts: 1 };
