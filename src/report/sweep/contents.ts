import { namesIn, type OptionValue, type OptionValues } from '../../sweep/space.ts';
import type { SweepMetric } from '../../sweep/sweep.ts';
import type { EpochResult } from '../../train/history.ts';

/** A trial of a sweep that has a result, or has failed. */
export interface ReportedTrial {
  readonly trial: number;
  readonly values: OptionValues;
  /** The mean over the seeds; null if it has failed. */
  readonly score: number | null;
  readonly failure: string | null;
  /** Epochs that it was trained for, and whether these are all of them. */
  readonly epochs: number;
  readonly isWhole: boolean;
  /** Whether the sweep was told to try it. */
  readonly isGiven: boolean;
  /** Seconds of all its runs. */
  readonly seconds: number;
}

/** What the report of a sweep is made from. */
export interface SweepReport {
  readonly title: string;
  readonly metric: SweepMetric;
  readonly options: OptionValues;
  /** How many trials the sweep has, with those that have no result yet. */
  readonly planned: number;
  readonly seeds: readonly number[];
  /** The best first, those that failed last. */
  readonly trials: readonly ReportedTrial[];
  /** The scores of whole trials in the order in which they came. */
  readonly scoresInOrder: readonly number[];
  /** Epochs of the best run. */
  readonly history: readonly EpochResult[];
  /** That of the best run, which alone was tested; null if it was not yet. */
  readonly test: string | null;
}

/** The names of the options that differ between trials. */
export function parametersOf(trials: readonly ReportedTrial[]): string[] {
  return namesIn(trials.map(({ values }) => values));
}

/** Values of a parameter as places on an axis: numbers as they are, others by their rank. */
export type Axis =
  | { readonly kind: 'numbers'; readonly isLogarithmic: boolean; readonly low: number; readonly high: number }
  | { readonly kind: 'names'; readonly names: readonly string[] };

/** @param values one or more */
export function axisOf(values: readonly OptionValue[]): Axis {
  const distinct = [...new Set(values)];
  if (distinct.length > 1 && distinct.every((value) => typeof value === 'number')) {
    const [low, high] = [Math.min(...distinct), Math.max(...distinct)];
    return { kind: 'numbers', isLogarithmic: low > 0 && high / low >= 20, low, high };
  }
  return { kind: 'names', names: distinct.map(String).toSorted() };
}

/** From 0, the first end of the axis, to 1. */
export function placeOn(axis: Axis, value: OptionValue): number {
  if (axis.kind === 'names') return (axis.names.indexOf(String(value)) + 0.5) / axis.names.length;
  const { low, high, isLogarithmic } = axis;
  const number = Number(value);
  return isLogarithmic ? Math.log(number / low) / Math.log(high / low) : (number - low) / (high - low);
}

/** Places with their names. */
export function ticksOn(axis: Axis): { readonly place: number; readonly label: string }[] {
  if (axis.kind === 'names') return axis.names.map((name) => ({ place: placeOn(axis, name), label: name }));
  const { low, high, isLogarithmic } = axis;
  return [0, 0.5, 1].map((place) => {
    const value = isLogarithmic ? low * (high / low) ** place : low + (high - low) * place;
    return { place, label: String(Number(value.toPrecision(3))) };
  });
}
