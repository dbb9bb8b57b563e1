/**
 * How the sum over the rows of an array [rows, columns] is divided among threads.
 *
 * A workgroup sums some rows of a few columns. Its threads form rows and columns too: neighbouring threads read
 * neighbouring columns, which lie together in memory, and each sums every `threadRows`-th row. Then the rows of threads
 * are added up in shared memory. One thread should not add many numbers one after the other, since each addition waits
 * for memory. So many rows are divided into parts, and a second dispatch sums the parts.
 */
import { inFours } from './flat.ts';

export interface SumShape {
  /** Columns that one thread sums at once: 1, or 4 where their number is a multiple of four. */
  readonly width: 1 | 4;
  readonly threadColumns: number;
  /** A power of two. */
  readonly threadRows: number;
  /** Workgroups side by side. */
  readonly tiles: number;
  /** Rows that a thread sums. */
  readonly rowsOfThread: number;
  /** Workgroups one below the other; each writes its own sums. */
  readonly parts: number;
}

const mostThreads = 256;
/** Widths of a workgroup, in threads. The widest is taken with which no thread has too many rows. */
const widths = [32, 16, 8] as const;
/** The fewest rows for a thread: fewer are not worth the step that adds its sum to the others. */
const fewestRows = 4;
/** A thread with more rows is slower than another workgroup, and with twice as many slower than a second dispatch. */
const manyRows = 16;
/** The most parts, so that the second dispatch stays small. */
const mostParts = 256;

export function shapeSum(rows: number, columns: number): SumShape {
  const width = inFours(columns) ? 4 : 1;
  const groups = widths.map((widest) => arrangeThreads(rows, columns / width, widest));
  const group = groups.find(({ threadRows }) => rows <= threadRows * manyRows) ?? groups.at(-1)!;
  const { threadRows } = group;
  const inOnePart = rows <= threadRows * manyRows * 2;
  const wanted = inOnePart ? 1 : Math.min(mostParts, Math.ceil(rows / (threadRows * manyRows)));
  const rowsOfThread = Math.ceil(rows / (wanted * threadRows));
  // all parts but the last are full, so there may be fewer than wanted
  return { width, ...group, rowsOfThread, parts: Math.ceil(rows / (rowsOfThread * threadRows)) };
}

/** Tiles of equal width, with as many rows of threads as are possible and useful. */
function arrangeThreads(
  rows: number,
  across: number,
  widest: number,
): Pick<SumShape, 'threadColumns' | 'threadRows' | 'tiles'> {
  const tiles = Math.ceil(across / widest);
  const threadColumns = Math.ceil(across / tiles);
  const most = Math.floor(Math.log2(mostThreads / threadColumns));
  const worthIt = Math.max(0, Math.ceil(Math.log2(rows / fewestRows)));
  return { threadColumns, threadRows: 2 ** Math.min(most, worthIt), tiles };
}
