import { readFileSync } from 'node:fs';
import type { Options } from 'yargs';
import { didYouMean } from '../../closest.ts';
import type { ImageSize } from '../../data/pictures/scale-image.ts';
import { formatImageSize } from './data-options.ts';
import { type GivenArguments, type TrainArguments, trainOptions } from './train-options.ts';
import { UsageError } from '../framework/usage-error.ts';

/** Options that make no sense in a file that several runs may use. */
const onlyFlags: ReadonlySet<string> = new Set(['config', 'resume']);
const names = Object.keys(trainOptions).filter((name) => !onlyFlags.has(name));

/**
 * Reads options from a JSON file: an object with their names as keys, `batch-size` or `batchSize`. The `config.json` of a
 * run will do, too. Flags win over the file, the file over the preset, and this over the defaults.
 *
 * @throws UsageError in one line for a file that cannot be read, an unknown key, or a value that the flag would refuse
 */
export function readConfigFile(path: string): GivenArguments {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = (error as Error).message.replaceAll(/\s+/g, ' ');
    throw new UsageError(`--config ${path}: cannot be read: ${reason}`, { cause: error });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new UsageError(`--config ${path}: expected an object, { "epochs": 5, … }`);
  }
  const isRun = 'versions' in content && 'layers' in content;
  return isRun ? optionsOfRun(content, path) : checkOptions(content, `--config ${path}`);
}

/** The options that a run was made with, by its `config.json`. */
export function optionsOfRun(configuration: object, path: string): GivenArguments {
  const { preset, engine, augment, imageSize, ...rest } = configuration as Readonly<Record<string, unknown>>;
  const flat: Record<string, unknown> = {
    ...rest,
    ...(augment as object | null),
    imageSize: imageSize && formatImageSize(imageSize as ImageSize),
    preset: (preset as { name?: unknown } | null)?.name,
    engine: (engine as { asked?: unknown } | null)?.asked,
    revectorize: (engine as { revectorize?: unknown } | null)?.revectorize,
  };
  const known = names.map((name) => [name, flat[camelCase(name)]] as const);
  return checkOptions(
    Object.fromEntries(known.filter(([, value]) => value !== undefined && value !== null)),
    path,
  );
}

/** Values by name, each as its flag would take it. */
function checkOptions(values: object, source: string): GivenArguments {
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    const name = names.find((candidate) => candidate === key || camelCase(candidate) === key);
    if (name === undefined) {
      const hint = didYouMean(key, names) || 'its keys are the options of weft train, see --help';
      throw new UsageError(`${source}: unknown option "${key}"; ${hint.trim()}`);
    }
    if (name in options) throw new UsageError(`${source}: ${name} is given twice, as "${key}", too`);
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
    if (typeof value !== 'boolean')
      throw new UsageError(`${name}: expected true or false, got ${JSON.stringify(value)}`);
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

/** batch-size becomes batchSize. */
export function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
