import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where measurements are kept; the tables of the documents are made from these files. */
export const resultsFolder: string = join(import.meta.dirname, 'results');

export function writeResult(path: string, content: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
}

export function readResult<T>(name: string): T {
  return JSON.parse(readFileSync(join(resultsFolder, name), 'utf8')) as T;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** How measurements of one thing scatter. */
export interface Spread {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  readonly best: number;
}

/** The value below which a share of the values lies, between two neighbours in proportion. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)]!;
  return below + (sorted[Math.ceil(position)]! - below) * (position % 1);
}

/** Of speeds: the best is the largest. */
export function spread(speeds: readonly number[]): Spread {
  return {
    median: median(speeds),
    p10: quantile(speeds, 0.1),
    p90: quantile(speeds, 0.9),
    best: Math.max(...speeds),
  };
}
