/** Options that several commands share. */
import { integer } from '../../src/cli/framework/numbers.ts';
import { UsageError } from '../../src/cli/framework/usage-error.ts';

type Word = string | number;

/** An option with one word, which becomes a `T`. */
export interface WordOption<T> {
  readonly type: 'string';
  readonly requiresArg: true;
  readonly coerce: (word: Word) => T;
  readonly describe: string;
}

/** An option with one or more words, each of which becomes a `T`. */
export interface WordsOption<T> {
  readonly type: 'string';
  readonly array: true;
  readonly requiresArg: true;
  readonly coerce: (words: readonly Word[]) => T[];
  readonly describe: string;
}

const most = 1_000_000_000;

/** An option that takes a whole number above 0. */
export function count(option: string, describe: string): WordOption<number> {
  const parse = integer(option, { from: 1, to: most });
  return { type: 'string', requiresArg: true, coerce: (word) => parse(String(word)), describe };
}

/** An option that takes several whole numbers: `256 512`, `256,512` or both. */
export function counts(option: string, describe: string): WordsOption<number> {
  const parse = integer(option, { from: 1, to: most });
  return {
    type: 'string',
    array: true,
    requiresArg: true,
    coerce: (words) => words.flatMap((word) => String(word).split(',')).map(parse),
    describe,
  };
}

/** An option that takes several of the given names, or `all`. */
export function namesOf<T extends string>(
  option: string,
  names: readonly T[],
  describe: string,
): WordsOption<T> {
  return {
    type: 'string',
    array: true,
    requiresArg: true,
    coerce(words) {
      if (words.includes('all')) return [...names];
      return words.map((word) => {
        const name = names.find((known) => known === word);
        if (name === undefined) {
          throw new UsageError(`--${option}: expected ${names.join(', ')} or all, got "${word}"`);
        }
        return name;
      });
    },
    describe: `${describe}: ${names.join(', ')}, or all`,
  };
}

export const json = { type: 'string', requiresArg: true, describe: 'File for the result' } as const;

export const figure = {
  type: 'string',
  requiresArg: true,
  describe: 'File for the figure, in SVG',
} as const;

export const python = {
  type: 'string',
  default: 'python3',
  requiresArg: true,
  describe: 'Python that has PyTorch and NumPy',
} as const;

export const revectorize = {
  type: 'boolean',
  default: true,
  describe: 'Let V8 pack 128-bit SIMD into 256 bits',
} as const;

export const strict = {
  type: 'boolean',
  default: false,
  describe: 'Measure nothing while other processes keep the machine busy',
} as const;
