import type { Options } from 'yargs';
import { didYouMean } from '../../closest.ts';
import { UsageError } from '../framework/usage-error.ts';
import type { GivenArguments, TrainArguments } from './train-arguments.ts';
import { trainOptions } from './train-options.ts';

/** Options that only the command line has: in a file that several runs may use they make no sense. */
const onlyFlags: ReadonlySet<string> = new Set(['config', 'resume', 'until', 'test']);

/** The options of `weft train` that a file may hold. */
export const fileOptionNames: readonly string[] = Object.keys(trainOptions).filter(
  (name) => !onlyFlags.has(name),
);

/**
 * Checks options from a file as the command line checks its flags.
 *
 * @param values by name: `batch-size` or `batchSize`
 * @param source begins the message of an error
 * @throws UsageError for an unknown name, or a value that the flag would refuse
 */
export function checkOptions(values: object, source: string): GivenArguments {
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    const name = fileOptionNames.find((candidate) => candidate === key || camelCase(candidate) === key);
    if (name === undefined) {
      const hint = didYouMean(key, fileOptionNames) || 'its keys are the options of weft train, see --help';
      throw new UsageError(`${source}: unknown option "${key}"; ${hint.trim()}`);
    }
    if (name in options) throw new UsageError(`${source}: ${name} is given twice, also as "${key}"`);
    try {
      options[name] = checkOption(name, value, trainOptions[name as keyof TrainArguments]);
    } catch (error) {
      throw error instanceof UsageError ? new UsageError(`${source}: ${error.message}`) : error;
    }
  }
  return options;
}

function checkOption(name: string, value: unknown, { type, choices, coerce }: Options): unknown {
  if (type === 'boolean') {
    if (typeof value !== 'boolean') {
      throw new UsageError(`${name}: expected true or false, got ${JSON.stringify(value)}`);
    }
    return value;
  }
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new UsageError(`${name}: expected a text or a number, got ${JSON.stringify(value)}`);
  }
  if (choices && !choices.includes(value)) {
    throw new UsageError(`${name}: expected ${choices.join(', ')}, got ${JSON.stringify(value)}`);
  }
  return coerce ? (coerce(String(value)) as unknown) : value;
}

/** `batch-size` becomes `batchSize`. */
export function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
