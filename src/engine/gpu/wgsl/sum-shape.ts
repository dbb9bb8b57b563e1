/**
 * How the sum over the rows of an array [rows, columns] is shared out.
 *
 * A workgroup sums some rows of a few columns. Its threads stand in rows and columns, too: neighbouring threads read
 * neighbouring columns, which memory gives in one piece, and each sums every `threadRows`-th row. Then the rows of
 * threads are added up in shared memory. One thread should not add many numbers one after the other, for each waits for
 * memory: many rows are cut into parts, and a second dispatch sums the parts.
 */
import { inFours } from './flat.ts';

export interface SumShape {
  /** Columns that one thread sums at once: 1, or 4 where their number is a multiple of four. */
  readonly width: 1 | 4;
  readonly threadColumns: number;
  /** A power of two. */
  readonly threadRows: number;
  /** Workgroups beside each other. */
  readonly tiles: number;
  /** Rows that a thread sums. */
  readonly rowsOfThread: number;
  /** Workgroups below each other; each writes sums of its own. */
  readonly parts: number;
}

const mostThreads = 256;
/** Widths of a workgroup, in threads: the widest that leaves no thread too many rows is taken. */
const widths = [32, 16, 8] as const;
/** A thread with fewer rows is not worth the step that adds its sum to the others. */
const fewestRows = 4;
/** A thread with more rows is slower than another workgroup, and with twice as many slower than a second dispatch. */
const manyRows = 16;
/** Keeps the second dispatch small. */
const mostParts = 256;

export function shapeSum(rows: number, columns: number): SumShape {
  const width = inFours(columns) ? 4 : 1;
  const groups = widths.map((widest) => arrangeThreads(rows, columns / width, widest));
  const group = groups.find(({ threadRows }) => rows <= threadRows * manyRows) ?? groups.at(-1)!;
  const { threadRows } = group;
  const inOnePart = rows <= threadRows * manyRows * 2;
  const wanted = inOnePart ? 1 : Math.min(mostParts, Math.ceil(rows / (threadRows * manyRows)));
  const rowsOfThread = Math.ceil(rows / (wanted * threadRows));
  // parts are full but for the last: there may be fewer than wanted
  return { width, ...group, rowsOfThread, parts: Math.ceil(rows / (rowsOfThread * threadRows)) };
}

/** Tiles of even width, and as many rows of threads as there may be and are worth it. */
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
