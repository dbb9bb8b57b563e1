import type { Dice } from './dice.ts';

/** Numbers at which readers go wrong: nothing, signs, limits of sizes. */
const notable = [
  0, 1, 2, 3, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
];

type Mutator = (bytes: Buffer, dice: Dice) => Buffer;

/** Bytes that are changed without knowing what they mean. */
const mutators: readonly Mutator[] = [
  function truncate(bytes, dice) {
    return bytes.subarray(0, dice.below(bytes.length));
  },
  function flipBits(bytes, dice) {
    for (let i = 0; i <= dice.below(8); i++) bytes[dice.below(bytes.length)]! ^= 1 << dice.below(8);
    return bytes;
  },
  function setByte(bytes, dice) {
    bytes[dice.below(bytes.length)] = dice.pick([0, 1, 0x7f, 0x80, 0xfe, 0xff, dice.below(256)]);
    return bytes;
  },
  function setNumber(bytes, dice) {
    const value = dice.pick(notable);
    const size = dice.pick([2, 4]);
    if (bytes.length < size) return bytes;
    const at = dice.below(bytes.length - size + 1);
    if (size === 2) bytes.writeUInt16BE(value & 0xffff, at);
    else if (dice.chance(0.5)) bytes.writeUInt32BE(value, at);
    else bytes.writeUInt32LE(value, at);
    return bytes;
  },
  function remove(bytes, dice) {
    const [from, to] = range(bytes, dice);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  function repeat(bytes, dice) {
    const [from, to] = range(bytes, dice);
    const times = dice.pick([1, 2, 10, 100]);
    return Buffer.concat([
      bytes.subarray(0, to),
      ...Array.from({ length: times }, () => bytes.subarray(from, to)),
      bytes.subarray(to),
    ]);
  },
  function insert(bytes, dice) {
    const at = dice.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), dice.bytes(1 + dice.below(20)), bytes.subarray(at)]);
  },
];

/** A copy with one to four changes. */
export function mutateBytes(bytes: Uint8Array, dice: Dice): Buffer {
  let changed = Buffer.from(bytes);
  for (let i = 0; i <= dice.below(4) && changed.length > 0; i++)
    changed = Buffer.from(dice.pick(mutators)(changed, dice));
  return changed;
}

/** The beginning of one file and the end of another. */
export function splice(one: Uint8Array, other: Uint8Array, dice: Dice): Buffer {
  return Buffer.concat([
    one.subarray(0, dice.below(one.length + 1)),
    other.subarray(dice.below(other.length + 1)),
  ]);
}

/** A list in which parts are missing, repeated, exchanged or changed. */
export function mutateList<Item>(items: readonly Item[], change: (item: Item) => Item, dice: Dice): Item[] {
  const list = [...items];
  for (let i = 0; i <= dice.below(3) && list.length > 0; i++) {
    const at = dice.below(list.length);
    const other = dice.below(list.length);
    const item = list[at]!;
    const kind = dice.below(5);
    if (kind === 0) list.splice(at, 1);
    if (kind === 1) list.splice(other, 0, ...Array.from({ length: dice.pick([1, 2, 30, 300]) }, () => item));
    if (kind === 2) [list[at], list[other]] = [list[other]!, item];
    if (kind >= 3) list[at] = change(item);
  }
  return list;
}

function range(bytes: Buffer, dice: Dice): [number, number] {
  const from = dice.below(bytes.length);
  return [from, Math.min(bytes.length, from + 1 + dice.below(dice.pick([4, 40, 400])))];
}
