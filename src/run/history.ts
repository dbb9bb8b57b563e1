/** `history.csv` and `history.jsonl`: the result of each epoch, as a table and as JSON Lines. */
import { join } from 'node:path';
import { readTextFile } from '../read-file.ts';
import type { EpochResult } from '../train/history.ts';
import { maxJsonBytes } from './config.ts';
import { RunError } from './errors.ts';
import { type Expected, firstMismatch, isAtLeast0, isNumber, isSize } from './expected.ts';

export const csvFile = 'history.csv';
export const jsonLinesFile = 'history.jsonl';

const columns = [
  'epoch',
  'loss',
  'accuracy',
  'val_loss',
  'val_accuracy',
  'learning_rate',
  'seconds',
  'images_per_second',
] as const;

/** An epoch by the columns of `history.csv`. Without validation, its two columns are null. */
export type HistoryRow = Readonly<Record<(typeof columns)[number], number | null>>;

export function historyRow(result: EpochResult): HistoryRow {
  const { epoch, loss, accuracy, validation, learningRate, seconds, imagesPerSecond } = result;
  return {
    epoch,
    loss,
    accuracy,
    val_loss: validation?.loss ?? null,
    val_accuracy: validation?.accuracy ?? null,
    learning_rate: learningRate,
    seconds: Number(seconds.toFixed(3)),
    images_per_second: Math.round(imagesPerSecond),
  };
}

/** The first line of `history.csv`. */
export const csvHead: string = `${columns.join(',')}\n`;

export function csvLine(result: EpochResult): string {
  const row = historyRow(result);
  return `${columns.map((column) => row[column]).join(',')}\n`;
}

export function jsonLine(result: EpochResult): string {
  return `${JSON.stringify(historyRow(result))}\n`;
}

/**
 * The epochs in the text of a `history.csv`. Unknown columns are ignored. A last line without its end is left out: the
 * run was killed, or the disk was full, while it wrote this line.
 *
 * @param file for messages
 * @throws RunError that names the line and the column
 */
export function parseHistory(text: string, file: string = csvFile): EpochResult[] {
  const [head, ...lines] = text.split('\n');
  lines.pop();
  const names = head!.trim().split(',');
  if (!text.includes('\n') || !names.includes('epoch')) {
    throw new RunError(`${file}: its first line does not name the columns: epoch,loss,accuracy,…`);
  }
  return lines.map((line, index) => {
    const row = parseRow(names, line.trim().split(','));
    const result = row && resultOf(row);
    const mismatch =
      result === null ? 'it has not as many cells as the first line' : epochMismatch(result, index);
    if (mismatch !== null) throw new RunError(`${file}: line ${index + 2}: ${mismatch}`);
    return result!;
  });
}

type Cell = (name: (typeof columns)[number]) => number | undefined;

/** @returns null unless there is a cell for each name */
function parseRow(names: readonly string[], cells: readonly string[]): Cell | null {
  if (cells.length !== names.length) return null;
  return (name) => {
    const cell = cells[names.indexOf(name)] ?? '';
    return cell === '' ? undefined : Number(cell);
  };
}

function resultOf(cell: Cell): EpochResult {
  const hasValidation = cell('val_loss') !== undefined || cell('val_accuracy') !== undefined;
  // what is missing is found by the check that follows
  return {
    epoch: cell('epoch')!,
    loss: cell('loss')!,
    accuracy: cell('accuracy')!,
    validation: hasValidation ? { loss: cell('val_loss')!, accuracy: cell('val_accuracy')! } : null,
    learningRate: cell('learning_rate')!,
    seconds: cell('seconds')!,
    imagesPerSecond: cell('images_per_second')!,
  };
}

const expectedResult: { readonly [field in keyof EpochResult]: Expected } = {
  epoch: isSize,
  loss: isNumber,
  accuracy: isNumber,
  validation: (value) =>
    value === null || firstMismatch(value, { loss: isNumber, accuracy: isNumber }, 'validation') === null,
  learningRate: isNumber,
  seconds: isAtLeast0,
  imagesPerSecond: isAtLeast0,
};

/** @returns what is wrong with a value that should be the result of the epoch at a position, from 0; null if nothing is */
export function epochMismatch(result: unknown, index: number): string | null {
  const mismatch = firstMismatch(result, expectedResult);
  if (mismatch !== null) return mismatch;
  const { epoch } = result as EpochResult;
  return epoch === index + 1 ? null : `epoch cannot be ${epoch}: it is number ${index + 1} in the list`;
}

/** The finished epochs of the run in a folder; none if it has no `history.csv`. @throws RunError if it is damaged */
export function readHistory(path: string): EpochResult[] {
  const file = join(path, csvFile);
  let text: string;
  try {
    text = readTextFile(file, { maxBytes: maxJsonBytes });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new RunError(`${file}: cannot be read: ${message}`, { cause: error });
  }
  return parseHistory(text, file);
}
