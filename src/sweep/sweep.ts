/** What a sweep is: the runs that a search for good options does. */
import { grid, type OptionValues, sample, type Space } from './space.ts';

/** All combinations, or random ones: Bergstra and Bengio, "Random search for hyper-parameter optimization" (2012). */
export const methodNames = ['random', 'grid'] as const;

/** The measure on the validation examples that is sought: the test examples have no part in a sweep. */
export const metricNames = ['accuracy', 'loss', 'meanAbsoluteError'] as const;
export type SweepMetric = (typeof metricNames)[number];

/** Trials that are worse than others early are not trained to their end: see decisions.ts. */
export interface Halving {
  /** Epochs after which the first ones are stopped. */
  readonly from: number;
  /** η: about one of so many goes on, for so many times the epochs. */
  readonly factor: number;
}

export interface Sweep {
  /** Options that all runs have. */
  readonly options: OptionValues;
  readonly space: Space;
  /** The first trials, with these values: a recipe to be beaten, say. `{}` is the options alone. */
  readonly include: readonly OptionValues[];
  readonly method: (typeof methodNames)[number];
  /** How many trials, those of `include` among them. */
  readonly trials: number;
  /** Each trial is run once with each of them, and judged by the mean. */
  readonly seeds: readonly number[];
  readonly metric: SweepMetric;
  readonly halving: Halving | null;
  /** No run begins after so many minutes; null for no limit. */
  readonly minutes: number | null;
  /** Of the random choice. */
  readonly seed: number;
}

/** The values of each trial, by its number. */
export function trialsOf({ options, space, include, method, trials, seed }: Sweep): OptionValues[] {
  if (method === 'grid') return [...include, ...grid(space, options)].slice(0, trials);
  return Array.from(
    { length: trials },
    (_, index) => include[index] ?? sample(space, options, seed, index - include.length),
  );
}

/** After how many epochs a trial is judged: once at the end, or also earlier. */
export function rungsOf({ halving }: Pick<Sweep, 'halving'>, epochs: number): number[] {
  const rungs: number[] = [];
  for (let rung = halving?.from ?? epochs; rung < epochs; rung *= halving!.factor) rungs.push(rung);
  return [...rungs, epochs];
}

/** A part of a run that is done at one go: a trial with a seed, up to the epoch of a rung. */
export interface Job {
  readonly trial: number;
  readonly seed: number;
  /** From 0. */
  readonly rung: number;
}

/** What became of a job. */
export interface JobResult extends Job {
  /** Epochs that the run has finished. */
  readonly epochs: number;
  /** On the validation examples after them; null if the run has failed. */
  readonly score: number | null;
  /** Why it has failed; null if it has not. */
  readonly failure: string | null;
  /** Seconds of the job. */
  readonly seconds: number;
  /** What did it, such as the name of a machine. */
  readonly where: string;
}

export function keyOf({ trial, seed, rung }: Job): string {
  return `${trial}-${seed}-${rung}`;
}

/** Whether one score is better than another. */
export function isBetter(metric: SweepMetric, score: number, other: number): boolean {
  return metric === 'accuracy' ? score > other : score < other;
}
