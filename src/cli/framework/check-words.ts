import type { Options } from 'yargs';
import { UsageError } from './usage-error.ts';

/** What may stand on the command line of a command. */
export interface Vocabulary {
  /** Its name and positional arguments. */
  readonly usage: string;
  readonly positionalNames: readonly string[];
  readonly options: Readonly<Record<string, Options>>;
}

/**
 * Checks the options on a command line before yargs parses them: yargs makes a list of an option that is given twice,
 * which only few options take, and overlooks some mistakes.
 *
 * @param words the command line behind the name of the command
 * @throws UsageError
 */
export function checkWords(words: readonly string[], { usage, positionalNames, options }: Vocabulary): void {
  const given = new Set<string>();
  for (const word of words) {
    if (word === '--') return;
    const [, written, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (written === undefined) continue;
    const isNegated = written.startsWith('no-') && !Object.hasOwn(options, kebabCase(written));
    const name = kebabCase(isNegated ? written.slice('no-'.length) : written);
    if (positionalNames.includes(name)) {
      throw new UsageError(`--${written} is not an option; expected ${usage}; see --help`);
    }
    if (!Object.hasOwn(options, name)) continue; // yargs refuses unknown options
    const { type, array } = options[name]!;
    if (isNegated && type !== 'boolean') {
      throw new UsageError(`--${written}: --${name} takes a value and cannot be turned off; leave it out`);
    }
    if (isNegated && value !== undefined) throw new UsageError(`--${written} takes no value, got "${value}"`);
    if (type === 'boolean' && value !== undefined && value !== 'true' && value !== 'false') {
      throw new UsageError(`--${name} takes no value: expected --${name} or --no-${name}, got "${value}"`);
    }
    if (given.has(name) && array !== true) throw new UsageError(`--${name} is given twice`);
    given.add(name);
  }
}

/** yargs takes `--batchSize` for `--batch-size`. */
function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
