/** `sweep.json`: what a sweep searches. Its options and their values are checked as the flags of `weft train` are. */
import { didYouMean } from '../../../closest.ts';
import { readTextFile } from '../../../read-file.ts';
import { showValue } from '../../../show-value.ts';
import {
  gridSize,
  isList,
  type OptionValue,
  type OptionValues,
  type Parameter,
  type Range,
  sample,
  type Space,
} from '../../../sweep/space.ts';
import { type Halving, methodNames, metricNames, type Sweep, trialsOf } from '../../../sweep/sweep.ts';
import { UsageError } from '../../framework/usage-error.ts';
import { checkOptions, fileOptionNames } from '../../options/check-options.ts';
import { dataOptions } from '../../options/data-options.ts';
import { withRecipe } from '../../options/preset.ts';
import { isTable, tableOptions } from '../../options/table-options.ts';

const maxBytes = 2 ** 20;
/** More would be a mistake: a grid of six options with ten values each. */
const mostTrials = 100_000;

/** Options that say where a run goes and what it prints: those of the sweep itself. */
const ofTheSweep = [
  'out',
  'report',
  'quiet',
  'json',
  'threads',
  'revectorize',
  'augmented-picture',
  'init',
  'seed',
];
/** Options that change what a score means: runs with other values cannot be compared. */
const ofTheData = [
  ...Object.keys(dataOptions),
  ...Object.keys(tableOptions),
  'limit',
  'validation-split',
  'engine',
];

const keys = [
  'options',
  'space',
  'include',
  'method',
  'trials',
  'seeds',
  'metric',
  'halving',
  'minutes',
  'seed',
] as const;
const rangeKeys = ['from', 'to', 'scale', 'step', 'count', 'when'] as const;

/** @throws UsageError in one line that names the file and what is wrong in it */
export function readSweepFile(path: string): Sweep {
  let content: unknown;
  try {
    content = JSON.parse(readTextFile(path, { maxBytes }));
  } catch (error) {
    throw new UsageError(`${path}: cannot be read: ${(error as Error).message.replaceAll(/\s+/g, ' ')}`, {
      cause: error,
    });
  }
  try {
    return parseSweep(content);
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${path}: ${error.message}`) : error;
  }
}

/** @throws UsageError */
export function parseSweep(content: unknown): Sweep {
  const given = fieldsOf(content, keys, 'a sweep');
  const options = optionsOf(given['options'] ?? {}, 'options');
  const isOfTable = isTable(options['data'] as string | undefined);
  const sweep: Omit<Sweep, 'trials'> = {
    options,
    space: spaceOf(given['space'] ?? {}),
    include: listOf(given['include'] ?? [], 'include', (values, name) => includedOf(values, name)),
    method: oneOf(given['method'] ?? 'random', 'method', methodNames),
    seeds: listOf(given['seeds'] ?? [1], 'seeds', (seed, name) =>
      numberOf(seed, name, { from: 0, to: 2 ** 32 - 1 }),
    ),
    metric: oneOf(given['metric'] ?? (isOfTable ? 'loss' : 'accuracy'), 'metric', metricNames),
    halving: given['halving'] === undefined ? null : halvingOf(given['halving']),
    minutes:
      given['minutes'] === undefined
        ? null
        : numberOf(given['minutes'], 'minutes', { from: 0, to: 30_000, whole: false }),
    seed: numberOf(given['seed'] ?? 1, 'seed', { from: 0, to: 2 ** 32 - 1 }),
  };
  if (sweep.seeds.length === 0) throw new UsageError('seeds: expected at least one');
  if (new Set(sweep.seeds).size < sweep.seeds.length)
    throw new UsageError('seeds: one of them is given twice');
  checkRanges(sweep.space, sweep.method);
  return checkTrials({ ...sweep, trials: countTrials(given['trials'], sweep) });
}

/** The fields of an object; those that begin with `//` are comments. */
function fieldsOf(value: unknown, known: readonly string[], what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`${what}: expected an object, got ${showValue(value)}`);
  }
  const fields = Object.entries(value).filter(([key]) => !key.startsWith('//'));
  for (const [key] of fields) {
    if (!known.includes(key)) {
      throw new UsageError(
        `${what}: unknown key "${key}"; ${didYouMean(key, known) || `its keys are ${known.join(', ')}`}`.trim(),
      );
    }
  }
  return Object.fromEntries(fields);
}

function optionsOf(value: unknown, what: string): OptionValues {
  const given = fieldsOf(value, fileOptionNames, what);
  const wrong = Object.keys(given).find((name) => ofTheSweep.includes(name));
  if (wrong === 'seed') throw new UsageError(`${what}: seed has a place of its own: "seeds": [1, 2]`);
  if (wrong !== undefined) throw new UsageError(`${what}: ${wrong} is not for the runs of a sweep`);
  checkOptions(given, what);
  return given as OptionValues;
}

function includedOf(value: unknown, what: string): OptionValues {
  const options = optionsOf(value, what);
  checkComparable(Object.keys(options), what);
  return options;
}

function checkComparable(names: readonly string[], what: string): void {
  const wrong = names.find((name) => ofTheData.includes(name));
  if (wrong !== undefined) {
    throw new UsageError(`${what}: runs with another ${wrong} cannot be compared; it goes into "options"`);
  }
}

function spaceOf(value: unknown): Space {
  const names = fileOptionNames.filter((name) => !ofTheSweep.includes(name));
  const given = fieldsOf(value, names, 'space');
  checkComparable(Object.keys(given), 'space');
  return inOrder(Object.entries(given).map(([name, values]) => parameterOf(name, values)));
}

function parameterOf(name: string, value: unknown): Parameter {
  const what = `space: ${name}`;
  if (Array.isArray(value)) return { name, values: choicesOf(name, value), when: null };
  if (typeof value === 'object' && value !== null && 'values' in value) {
    const { values, when } = fieldsOf(value, ['values', 'when'], what);
    if (!Array.isArray(values))
      throw new UsageError(`${what}: values: expected a list, got ${showValue(values)}`);
    return { name, values: choicesOf(name, values), when: whenOf(when, what) };
  }
  if (typeof value !== 'object' || value === null) {
    throw new UsageError(
      `${what}: expected a list of values, or a range { "from": …, "to": … }, got ${showValue(value)}`,
    );
  }
  const given = fieldsOf(value, rangeKeys, what);
  return { name, values: rangeOf(given, what), when: whenOf(given['when'], what) };
}

function choicesOf(name: string, values: readonly unknown[]): OptionValue[] {
  if (values.length === 0) throw new UsageError(`space: ${name}: expected at least one value`);
  for (const value of values) checkOptions({ [name]: value }, 'space');
  return values as OptionValue[];
}

function whenOf(value: unknown, what: string): OptionValues | null {
  return value === undefined ? null : optionsOf(value, `${what}: when`);
}

function rangeOf(given: Readonly<Record<string, unknown>>, what: string): Range {
  const anywhere = { from: -Infinity, to: Infinity, whole: false };
  const from = numberOf(given['from'], `${what}: from`, anywhere);
  const to = numberOf(given['to'], `${what}: to`, anywhere);
  const scale = oneOf(given['scale'] ?? 'linear', `${what}: scale`, ['linear', 'log'] as const);
  const step = given['step'] === undefined ? null : numberOf(given['step'], `${what}: step`, anywhere);
  const count =
    given['count'] === undefined
      ? null
      : numberOf(given['count'], `${what}: count`, { from: 1, to: mostTrials });
  if (!(from < to)) throw new UsageError(`${what}: from ${from} is not below to ${to}`);
  if (scale === 'log' && from <= 0)
    throw new UsageError(`${what}: a log scale begins above 0, got from ${from}`);
  if (step !== null && step <= 0)
    throw new UsageError(`${what}: step: expected a number above 0, got ${step}`);
  if (step !== null && scale === 'log') throw new UsageError(`${what}: a log scale has no step`);
  if (step !== null && count !== null) throw new UsageError(`${what}: give step or count, not both`);
  return { from, to, scale, step, count };
}

/** Each parameter after those that its condition names. */
function inOrder(parameters: readonly Parameter[]): Space {
  const names = new Set(parameters.map(({ name }) => name));
  const ordered: Parameter[] = [];
  let left = [...parameters];
  while (left.length > 0) {
    const placed = new Set(ordered.map(({ name }) => name));
    const next = left.filter(({ when }) =>
      Object.keys(when ?? {}).every((name) => placed.has(name) || !names.has(name)),
    );
    if (next.length === 0) {
      throw new UsageError(
        `space: the conditions of ${left.map(({ name }) => name).join(' and ')} form a circle`,
      );
    }
    ordered.push(...next);
    left = left.filter((parameter) => !next.includes(parameter));
  }
  return ordered;
}

/** Numbers of a range must be values of the option: a batch size cannot be 48.5. */
function checkRanges(space: Space, method: Sweep['method']): void {
  for (const { name, values } of space) {
    if (isList(values)) continue;
    if (method === 'grid' && values.step === null && values.count === null) {
      throw new UsageError(`space: ${name}: a grid needs the step or the count of a range`);
    }
    const parameter: Parameter = { name, values, when: null };
    const some = [
      values.from,
      values.to,
      ...[0, 1, 2].map((index) => sample([parameter], {}, 1, index)[name]!),
    ];
    for (const value of some) {
      try {
        checkOptions({ [name]: value }, 'space');
      } catch (error) {
        const hint =
          values.step === null && Number.isInteger(values.from) ? '; perhaps it needs "step": 1' : '';
        throw new UsageError(`${(error as Error).message}${hint}`, { cause: error });
      }
    }
  }
}

function halvingOf(value: unknown): Halving {
  const given = fieldsOf(value, ['from', 'factor'], 'halving');
  return {
    from: numberOf(given['from'] ?? 1, 'halving: from', { from: 1, to: 100_000 }),
    factor: numberOf(given['factor'] ?? 3, 'halving: factor', { from: 2, to: 100 }),
  };
}

function countTrials(given: unknown, sweep: Omit<Sweep, 'trials'>): number {
  const all = { from: 1, to: mostTrials };
  if (sweep.method === 'random') return given === undefined ? 20 : numberOf(given, 'trials', all);
  const size =
    sweep.space.reduce((product, { values }) => product * gridSize(values), 1) + sweep.include.length;
  if (given === undefined && size > mostTrials) {
    throw new UsageError(`the grid has up to ${size} trials; "trials" limits them to at most ${mostTrials}`);
  }
  const limit = given === undefined ? size : numberOf(given, 'trials', all);
  return Math.min(limit, trialsOf({ ...sweep, trials: limit }).length);
}

/** What concerns all trials together. */
function checkTrials(sweep: Sweep): Sweep {
  if (sweep.halving === null) return sweep;
  const [first, ...others] = trialsOf(sweep).map((values) => withRecipe({ ...sweep.options, ...values }));
  if (first!['early-stopping'] !== undefined) {
    throw new UsageError('halving stops runs that are worse; early-stopping does not go with it');
  }
  const other = others.find(({ epochs }) => epochs !== first!.epochs);
  if (other !== undefined) {
    throw new UsageError(
      `halving compares runs of the same length, and one has ${other.epochs} epochs, another ${first!.epochs}`,
    );
  }
  if (sweep.halving.from >= first!.epochs) {
    throw new UsageError(
      `halving: from ${sweep.halving.from} is not below the ${first!.epochs} epochs of a run`,
    );
  }
  return sweep;
}

function listOf<T>(value: unknown, what: string, item: (value: unknown, what: string) => T): T[] {
  if (!Array.isArray(value)) throw new UsageError(`${what}: expected a list, got ${showValue(value)}`);
  return value.map((one: unknown, index) => item(one, `${what}[${index}]`));
}

function oneOf<T extends string>(value: unknown, what: string, known: readonly T[]): T {
  const found = known.find((name) => name === value);
  if (found === undefined) {
    throw new UsageError(`${what}: expected ${known.join(' or ')}, got ${showValue(value)}`);
  }
  return found;
}

function numberOf(
  value: unknown,
  what: string,
  { from, to, whole = true }: { readonly from: number; readonly to: number; readonly whole?: boolean },
): number {
  const isRight =
    typeof value === 'number' &&
    value >= from &&
    value <= to &&
    (whole ? Number.isInteger(value) : Number.isFinite(value));
  if (!isRight) {
    const range = from === -Infinity ? '' : ` from ${from} to ${to}`;
    throw new UsageError(
      `${what}: expected a ${whole ? 'whole ' : ''}number${range}, got ${showValue(value)}`,
    );
  }
  return value;
}
