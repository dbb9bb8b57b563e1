/** A result file of `bench small`. */
import type { Conditions } from '../measure/machine.ts';
import type { Ratio } from '../measure/spread.ts';

/** Seconds of several runs. */
export interface Times {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
}

export interface MeasuredRow {
  readonly status: 'measured';
  readonly name: string;
  readonly version: string;
  readonly differs?: string;
  /** Lines of the program, without imports and comments. */
  readonly lines: number;
  /** What npm installs for the library alone. */
  readonly packages: number;
  readonly megabytes: number;
  /** What a page loads that trains, minified and gzipped; null if there was no browser. */
  readonly pageBytes: number | null;
  readonly training: Times;
  readonly process: Times;
  /** Of the loaded network on other points, in each run. */
  readonly accuracies: readonly number[];
  /** How many times as fast weft trains; null for weft itself. */
  readonly ratio: Ratio | null;
}

export interface FailedRow {
  readonly status: 'failed';
  readonly name: string;
  readonly reason: string;
}

export type SmallRow = MeasuredRow | FailedRow;

export interface SmallResult extends Conditions {
  readonly rounds: number;
  readonly rows: readonly SmallRow[];
}
