import { readFileSync } from 'node:fs';
import type { EpochResult } from '../train/history.ts';

/** The epochs in the text of a `history.csv`; columns that this does not know are left aside. */
export function parseHistory(text: string): EpochResult[] {
  const [head = '', ...lines] = text.trim().split('\n');
  const columns = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    const cell = (name: string): string => cells[columns.indexOf(name)] ?? '';
    const number = (name: string): number => (cell(name) === '' ? NaN : Number(cell(name)));
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

/** The epochs that a run has finished; none if the file is missing. */
export function readHistory(file: string): EpochResult[] {
  try {
    return parseHistory(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
