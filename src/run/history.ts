/** `history.csv` and `history.jsonl`: the result of each epoch, as a table and as JSON Lines. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EpochResult } from '../train/history.ts';

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

/** The epochs in the text of a `history.csv`. Unknown columns are ignored. */
export function parseHistory(text: string): EpochResult[] {
  const [head = '', ...lines] = text.trim().split('\n');
  const names = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    const cell = (name: (typeof columns)[number]): string => cells[names.indexOf(name)] ?? '';
    const number = (name: (typeof columns)[number]): number => (cell(name) === '' ? NaN : Number(cell(name)));
    return {
      epoch: number('epoch'),
      loss: number('loss'),
      accuracy: number('accuracy'),
      validation:
        cell('val_loss') === '' ? null : { loss: number('val_loss'), accuracy: number('val_accuracy') },
      learningRate: number('learning_rate'),
      seconds: number('seconds'),
      imagesPerSecond: number('images_per_second'),
    };
  });
}

/** The finished epochs of the run in a folder; none if it has no `history.csv`. */
export function readHistory(path: string): EpochResult[] {
  try {
    return parseHistory(readFileSync(join(path, csvFile), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
