import { UsageError } from './usage-error.ts';

/** The allowed values of an option. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** For yargs `coerce`: a whole number from `from` to `to`, both included. Like all of these, it throws a UsageError. */
export function integer(option: string, { from, to }: Range): (text: string) => number {
  return (text) => {
    const value = parse(text);
    if (!Number.isSafeInteger(value) || value < from || value > to) {
      throw new UsageError(`--${option}: expected a whole number from ${from} to ${to}, got "${text}"`);
    }
    return value;
  };
}

/** For yargs `coerce`: a number from `from` up to, but not including, `to`. */
export function real(option: string, { from, to }: Range): (text: string) => number {
  return (text) => {
    const value = parse(text);
    if (!(value >= from && value < to)) {
      const upTo = to === Infinity ? '' : ` and below ${to}`;
      throw new UsageError(`--${option}: expected a number of at least ${from}${upTo}, got "${text}"`);
    }
    return value;
  };
}

/** For yargs `coerce`: a number from `from` to `to`, both included. */
export function between(option: string, { from, to }: Range): (text: string) => number {
  return (text) => {
    const value = parse(text);
    if (!(value >= from && value <= to)) {
      throw new UsageError(`--${option}: expected a number from ${from} to ${to}, got "${text}"`);
    }
    return value;
  };
}

/** For yargs `coerce`: a number above 0. */
export function positive(option: string): (text: string) => number {
  return (text) => {
    const value = parse(text);
    if (!(value > 0 && value < Infinity)) {
      throw new UsageError(`--${option}: expected a number above 0, got "${text}"`);
    }
    return value;
  };
}

/** For yargs `coerce`: a text that is not empty. */
export function filled(option: string): (text: string) => string {
  return (text) => {
    if (text === '') throw new UsageError(`--${option}: expected a text, got nothing`);
    return text;
  };
}

/** A number in decimal notation, else NaN. `Number` alone would also accept '', ' 1 ', '0x10' and 'Infinity'. */
function parse(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}
