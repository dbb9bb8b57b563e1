/** The check of the options that a caller of the library gives, where nothing checks types: from JavaScript. */
import { didYouMean } from './closest.ts';
import { showValue } from './show-value.ts';

/** What the value of an option must be. */
export interface OptionRule {
  /** Ends the sentence "epochs must be …". */
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

/**
 * @param caller what messages begin with: `fit`
 * @param rules for each option that there is; all of them may be left out
 * @throws TypeError in one line for an option that does not exist, or RangeError for a value that it cannot have
 */
export function checkOptions(
  caller: string,
  options: unknown,
  rules: Readonly<Record<string, OptionRule>>,
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${caller}: options: expected an object such as {}, got ${showValue(options)}`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) {
      throw new TypeError(`${caller}: ${unknownOption(name, Object.keys(rules))}`);
    }
    const { expected, accepts } = rules[name]!;
    if (value !== undefined && !accepts(value)) {
      throw new RangeError(`${caller}: ${name} must be ${expected}, got ${showValue(value)}`);
    }
  }
}

/** What is said of an option that is not one of `names`. */
export function unknownOption(name: string, names: readonly string[]): string {
  const allowed = names.length === 0 ? 'it has none' : `its options are ${names.join(', ')}`;
  return `unknown option ${name}; ${didYouMean(name, names)}${allowed}`;
}

const numberRule = (expected: string, test: (value: number) => boolean): OptionRule => ({
  expected,
  accepts: (value) => typeof value === 'number' && test(value),
});

export const positiveInteger: OptionRule = numberRule(
  'a positive integer',
  (value) => Number.isSafeInteger(value) && value > 0,
);
export const integerFrom0: OptionRule = numberRule(
  'a whole number from 0 up',
  (value) => Number.isSafeInteger(value) && value >= 0,
);
export const share: OptionRule = numberRule('a number in [0, 1)', (value) => value >= 0 && value < 1);
export const positive: OptionRule = numberRule('a positive number', (value) => value > 0 && value < Infinity);
export const notNegative: OptionRule = numberRule(
  'a number from 0 up',
  (value) => value >= 0 && value < Infinity,
);
export const yesOrNo: OptionRule = {
  expected: 'true or false',
  accepts: (value) => typeof value === 'boolean',
};
export const anyFunction: OptionRule = {
  expected: 'a function',
  accepts: (value) => typeof value === 'function',
};

/** An object that has all of these properties, such as an optimizer. */
export function objectWith(expected: string, ...properties: readonly string[]): OptionRule {
  return {
    expected,
    accepts: (value) =>
      typeof value === 'object' && value !== null && properties.every((property) => property in value),
  };
}
