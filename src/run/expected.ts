/** Checks what was read from the JSON of a run's folder: a file may be damaged, changed by hand, or from another program. */
import { showValue } from '../show-value.ts';

/** What a value must be: a check of it; its fields, where further ones may follow; or what each item of a list must be. */
export type Expected =
  ((value: unknown) => boolean) | { readonly [field: string]: Expected } | readonly [item: Expected];

/** @returns the first field that is not as expected, and what it is: `test.classes[3].name is missing`; null if all are */
export function firstMismatch(value: unknown, expected: Expected, path = ''): string | null {
  if (typeof expected === 'function') return expected(value) ? null : describe(value, path);
  if (isList(expected)) {
    if (!Array.isArray(value)) return describe(value, path);
    return firstOf(value.entries(), (index, item) => firstMismatch(item, expected[0], `${path}[${index}]`));
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject && path !== '') return describe(value, path);
  const fields = (isObject ? value : {}) as Readonly<Record<string, unknown>>;
  return firstOf(Object.entries(expected), (field, of) =>
    firstMismatch(
      Object.hasOwn(fields, field) ? fields[field] : undefined,
      of,
      path === '' ? field : `${path}.${field}`,
    ),
  );
}

/** For `JSON.parse`: JSON writes NaN as null, and these fields may be NaN. */
export function nullAsNaN(fields: readonly string[]): (key: string, value: unknown) => unknown {
  return (key, value) => (value === null && fields.includes(key) ? NaN : value);
}

function isList(expected: Expected): expected is readonly [Expected] {
  return Array.isArray(expected);
}

function firstOf<K, V>(entries: Iterable<[K, V]>, find: (key: K, value: V) => string | null): string | null {
  for (const [key, value] of entries) {
    const found = find(key, value);
    if (found !== null) return found;
  }
  return null;
}

function describe(value: unknown, path: string): string {
  return value === undefined ? `${path} is missing` : `${path} cannot be ${showValue(value)}`;
}

export const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isText = (value: unknown): value is string => typeof value === 'string';
/** JSON has no other numbers, but for those beyond the range, such as 1e999, which become Infinity. */
export const isNumber = (value: unknown): value is number => Number.isFinite(value);
export const isNumberOrNaN = (value: unknown): value is number => Number.isNaN(value) || isNumber(value);
export const isAtLeast0 = (value: unknown): value is number => isNumber(value) && value >= 0;
/** From 0. */
export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
/** From 1. */
export const isSize = (value: unknown): value is number => isCount(value) && value > 0;

export const isOneOf =
  (values: readonly unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value);

/** That, or null or missing. */
export function optional(expected: Expected): Expected {
  return (value) => value === null || value === undefined || firstMismatch(value, expected, 'it') === null;
}
