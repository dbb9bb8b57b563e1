import type { Dice } from './dice.ts';
import { mutateBytes } from './mutate-bytes.ts';

const strange: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  1e25,
  1e308,
  2 ** 31,
  2 ** 53,
  '',
  'weft',
  '\u001b[31m',
  '__proto__',
  'x'.repeat(2000),
  [],
  {},
  [[]],
  { length: -1 },
  ['a'],
  [1e9, 1e9, 1e9],
];

/** A value with a part of it replaced, left out or repeated. */
export function mutateJson(value: unknown, dice: Dice): unknown {
  const isList = Array.isArray(value);
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  if (keys.length === 0 || dice.chance(0.15)) return dice.pick(strange);
  const key = dice.pick(keys);
  const entries: [string, unknown][] = Object.entries(value as object).flatMap(([name, part]) => {
    if (name !== key) return [[name, part]];
    const kind = dice.below(6);
    if (kind === 0) return [];
    if (kind === 1)
      return [
        [name, part],
        [`${name}2`, part],
      ];
    return [[name, mutateJson(part, dice)]];
  });
  return isList ? entries.map(([, part]) => part) : Object.fromEntries(entries);
}

/** The text of a JSON file, changed as JSON or as bytes. */
export function mutateJsonFile(value: unknown, dice: Dice): Buffer {
  if (dice.chance(0.3)) return mutateBytes(Buffer.from(JSON.stringify(value)), dice);
  let changed = value;
  for (let i = 0; i <= dice.below(3); i++) changed = mutateJson(changed, dice);
  return Buffer.from(JSON.stringify(changed) ?? '');
}
