/** The space that a sweep searches: which values each option may have. */
import { RandomStream } from '../tensor/random.ts';

export type OptionValue = string | number | boolean;

/** Values for some options of a run, by their names. */
export type OptionValues = Readonly<Record<string, OptionValue>>;

/** Numbers between two, both included. */
export interface Range {
  readonly from: number;
  readonly to: number;
  /** `log`: each factor is as likely as any other, so that 0.001 to 0.01 gets as many runs as 0.01 to 0.1. */
  readonly scale: 'linear' | 'log';
  /** Only `from`, `from + step`, …; null for all numbers between. */
  readonly step: number | null;
  /** For a grid: so many values, evenly spread on the scale; null if `step` says which. */
  readonly count: number | null;
}

export interface Parameter {
  /** Of the option. */
  readonly name: string;
  readonly values: readonly OptionValue[] | Range;
  /** It counts only where these options have these values, such as the momentum of SGD; null for always. */
  readonly when: OptionValues | null;
}

/** Parameters in an order in which each comes after those that it depends on. */
export type Space = readonly Parameter[];

/**
 * The values of trial `index`: a pure function of the seed, the name of the parameter and the index, so that a sweep has the
 * same trials in any order, and keeps them when a parameter is added. Each value is as likely as any other.
 *
 * @param base options that all trials have; conditions may name them
 */
export function sample(space: Space, base: OptionValues, seed: number, index: number): OptionValues {
  const chosen: Record<string, OptionValue> = {};
  for (const { name, values, when } of space) {
    if (!applies(when, { ...base, ...chosen })) continue;
    const uniform = new RandomStream(seed, `sweep ${name}`).uniformDouble(index);
    chosen[name] = isList(values) ? values[Math.floor(uniform * values.length)]! : inRange(values, uniform);
  }
  return chosen;
}

/** Every combination of the values of all parameters, the last parameter changing fastest. */
export function grid(space: Space, base: OptionValues): OptionValues[] {
  let combinations: OptionValues[] = [{}];
  for (const { name, values, when } of space) {
    combinations = combinations.flatMap((chosen) =>
      applies(when, { ...base, ...chosen })
        ? gridValues(values).map((value) => ({ ...chosen, [name]: value }))
        : [chosen],
    );
  }
  return combinations;
}

function applies(when: OptionValues | null, values: OptionValues): boolean {
  return when === null || Object.entries(when).every(([name, value]) => values[name] === value);
}

export function isList(values: Parameter['values']): values is readonly OptionValue[] {
  return Array.isArray(values);
}

/** The names of the options that some of these have. */
export function namesIn(all: readonly OptionValues[]): string[] {
  return [...new Set(all.flatMap((values) => Object.keys(values)))];
}

/** How many values a parameter has in a grid. */
export function gridSize(values: Parameter['values']): number {
  return isList(values) ? values.length : (values.count ?? stepsOf(values));
}

function gridValues(values: Parameter['values']): readonly OptionValue[] {
  if (isList(values)) return values;
  const { from, to, count, step } = values;
  if (step !== null) return Array.from({ length: stepsOf(values) }, (_, i) => rounded(from + i * step));
  if (count === 1) return [from];
  return Array.from({ length: count! }, (_, i) =>
    rounded(i === count! - 1 ? to : between(values, i / (count! - 1))),
  );
}

function inRange(range: Range, uniform: number): number {
  if (range.step === null) return rounded(between(range, uniform));
  return rounded(range.from + Math.floor(uniform * stepsOf(range)) * range.step);
}

/** How many values a range with a step has. */
function stepsOf({ from, to, step }: Range): number {
  // 0.3 / 0.1 is a little less than 3
  return Math.floor((to - from) / step! + 1e-9) + 1;
}

function between({ from, to, scale }: Range, share: number): number {
  return scale === 'log' ? from * (to / from) ** share : from + (to - from) * share;
}

/** Four digits that count are enough, and can be read. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
