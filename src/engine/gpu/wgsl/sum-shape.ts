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
/** Rows for one thread: this many are well worth another row of threads, and twice as many another part. */
const fewRows = 16;
/** Keeps the second dispatch small. */
const mostParts = 256;

export function shapeSum(rows: number, columns: number): SumShape {
  const width = inFours(columns) ? 4 : 1;
  const across = columns / width;
  const shapes = widths.map((widest) => shareOut(across, widest));
  const roomy = shapes.find(({ threadRows }) => rows <= threadRows * fewRows);
  const { threadColumns, threadRows, tiles } = roomy ?? shapes.at(-1)!;
  const inOnePart = rows <= threadRows * fewRows * 2;
  const parts = inOnePart ? 1 : Math.min(mostParts, Math.ceil(rows / (threadRows * fewRows)));
  const rowsOfThread = Math.ceil(rows / (parts * threadRows));
  // whole rows of threads in each part may leave the last parts without rows
  const used = Math.ceil(rows / (rowsOfThread * threadRows));
  return { width, threadColumns, threadRows, tiles, rowsOfThread, parts: used };
}

function shareOut(
  across: number,
  widest: number,
): { threadColumns: number; threadRows: number; tiles: number } {
  const tiles = Math.ceil(across / widest);
  // tiles of even width
  const threadColumns = Math.ceil(across / tiles);
  return { threadColumns, threadRows: Math.floor(mostThreads / threadColumns), tiles };
}
