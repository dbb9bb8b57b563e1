/** `history.csv` and `history.jsonl`: the result of each epoch, as a table and as JSON Lines. */
import { join } from 'node:path';
import { readTextFile } from '../read-file.ts';
import type { MetricName } from '../layers/loss.ts';
import { type EpochResult, metricIn, metricsWith } from '../train/history.ts';
import { maxJsonBytes } from './config.ts';
import { RunError } from './errors.ts';
import { type Expected, firstMismatch, isAtLeast0, isNumber, isNumberOrNaN, isSize } from './expected.ts';

export const csvFile = 'history.csv';
export const jsonLinesFile = 'history.jsonl';

/** What the columns of the metrics are called; that of a validation begins with `val_`. */
const metricColumns: { readonly [Name in MetricName]: string } = {
  accuracy: 'accuracy',
  meanAbsoluteError: 'mean_absolute_error',
};

function columnsOf(metric: MetricName): readonly string[] {
  const column = metricColumns[metric];
  return [
    'epoch',
    'loss',
    column,
    'val_loss',
    `val_${column}`,
    'learning_rate',
    'seconds',
    'images_per_second',
  ];
}

/** An epoch by the columns of `history.csv`. Without validation, its two columns are null. */
export type HistoryRow = Readonly<Record<string, number | null>>;

export function historyRow(result: EpochResult): HistoryRow {
  const { epoch, loss, validation, learningRate, seconds, imagesPerSecond } = result;
  const metric = metricIn(result);
  const column = metricColumns[metric];
  return {
    epoch,
    loss,
    [column]: result[metric],
    val_loss: validation?.loss ?? null,
    [`val_${column}`]: validation?.[metric] ?? null,
    learning_rate: learningRate,
    seconds: Number(seconds.toFixed(3)),
    images_per_second: Math.round(imagesPerSecond),
  };
}

/** The first line of `history.csv`. */
export function csvHead(metric: MetricName): string {
  return `${columnsOf(metric).join(',')}\n`;
}

export function csvLine(result: EpochResult): string {
  return `${Object.values(historyRow(result)).join(',')}\n`;
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
    const result = row && resultOf(names, row);
    const mismatch =
      result === null ? 'it has not as many cells as the first line' : epochMismatch(result, index);
    if (mismatch !== null) throw new RunError(`${file}: line ${index + 2}: ${mismatch}`);
    return result!;
  });
}

type Cell = (name: string) => number | undefined;

/** @returns null unless there is a cell for each name */
function parseRow(names: readonly string[], cells: readonly string[]): Cell | null {
  if (cells.length !== names.length) return null;
  return (name) => {
    const cell = cells[names.indexOf(name)] ?? '';
    return cell === '' ? undefined : Number(cell);
  };
}

function resultOf(names: readonly string[], cell: Cell): EpochResult {
  const metric = names.includes(metricColumns.meanAbsoluteError) ? 'meanAbsoluteError' : 'accuracy';
  const column = metricColumns[metric];
  const validationMetric = cell(`val_${column}`);
  const hasValidation = cell('val_loss') !== undefined || validationMetric !== undefined;
  // what is missing is found by the check that follows
  return {
    epoch: cell('epoch')!,
    loss: cell('loss')!,
    ...metricsWith(metric, cell(column)!),
    validation: hasValidation ? { loss: cell('val_loss')!, ...metricsWith(metric, validationMetric!) } : null,
    learningRate: cell('learning_rate')!,
    seconds: cell('seconds')!,
    imagesPerSecond: cell('images_per_second')!,
  };
}

const expectedResult: { readonly [field in keyof EpochResult]: Expected } = {
  epoch: isSize,
  loss: isNumber,
  accuracy: isNumberOrNaN,
  meanAbsoluteError: isNumberOrNaN,
  validation: (value) => value === null || measuredMismatch(value) === null,
  learningRate: isNumber,
  seconds: isAtLeast0,
  imagesPerSecond: isAtLeast0,
};

/** A loss and one metric, the other of which is NaN. */
function measuredMismatch(value: unknown): string | null {
  const found = firstMismatch(value, { loss: isNumber }, 'validation');
  if (found !== null) return found;
  return firstMismatch(value, { [metricIn(value as EpochResult)]: isNumber }, '');
}

/** @returns what is wrong with a value that should be the result of the epoch at a position, from 0; null if nothing is */
export function epochMismatch(result: unknown, index: number): string | null {
  const mismatch = firstMismatch(result, expectedResult) ?? measuredMismatch(result);
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
