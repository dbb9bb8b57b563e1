/**
 * The random mask of dropout. Its numbers are those of random.ts, bit for bit. A word of 32 bits is too wide for a
 * float32, so it is held as two whole numbers of 16 bits, `…h` and `…l`. All steps but ⊕ are sums, products with powers
 * of two, and `floor`: every device computes these exactly for whole numbers below 2²⁴. Shifts of gpu.js do not work on
 * every device.
 */
import type { Operation } from '../../../tensor/operation.ts';
import { threefryParity, threefryRotations } from '../../../tensor/random.ts';
import type { Launch } from './kernel.ts';
import { launch } from './launch.ts';

/** ⌊x / 2ⁿ⌋. */
function shiftRight(x: string, n: number): string {
  return `Math.floor(${x} * ${2 ** -n})`;
}

/** The n lowest bits of x. */
function lowBits(x: string, n: number): string {
  return `(${x} - ${shiftRight(x, n)} * ${2 ** n})`;
}

/** word ← word + (high, low), modulo 2³². */
function add(word: string, high: string, low: string): string {
  return `
  low = ${word}l + ${low};
  high = ${word}h + ${high} + ${shiftRight('low', 16)};
  ${word}l = ${lowBits('low', 16)};
  ${word}h = ${lowBits('high', 16)};`;
}

/** x0 ← x0 + x1, then x1 ← (x1 rotated to the left) ⊕ x0. */
function round(distance: number): string {
  const [high, low] = distance < 16 ? ['x1h', 'x1l'] : ['x1l', 'x1h'];
  const shift = distance % 16;
  // the bits that leave one half of the word enter the other
  const [newHigh, newLow] = [
    [high, low],
    [low, high],
  ].map(([half, other]) =>
    shift === 0 ? half! : `${lowBits(half!, 16 - shift)} * ${2 ** shift} + ${shiftRight(other!, 16 - shift)}`,
  );
  return `${add('x0', 'x1h', 'x1l')}
  high = ${newHigh!};
  low = ${newLow!};
  x1h = high ^ x0h;
  x1l = low ^ x0l;`;
}

/** Adds two of the three key words to x0 and x1, and the number of the group to x1. */
function addKeys(group: number): string {
  const [first, second] = [group % 3, (group + 1) % 3];
  return `${add('x0', `this.constants.key${first}h`, `this.constants.key${first}l`)}
  ${add('x1', `this.constants.key${second}h`, `this.constants.key${second}l + ${group}`)}`;
}

const groups = [1, 2, 3, 4, 5].map((group) => {
  const distances = threefryRotations[(group - 1) % 2]!;
  return distances.map(round).join('') + addKeys(group);
});

/**
 * Threefry of the counter (step, ⌊element / 2⌋). Two neighbouring elements have one counter; each takes one of its two
 * words.
 */
const mask = `function (step) {
  const counter = ${shiftRight('this.thread.x', 1)};
  let x0h = ${shiftRight('step[0]', 16)};
  let x0l = ${lowBits('step[0]', 16)};
  let x1h = ${shiftRight('counter', 16)};
  let x1l = ${lowBits('counter', 16)};
  let high = 0.0;
  let low = 0.0;
  ${addKeys(0)}
  ${groups.join('')}
  high = x0h;
  low = x0l;
  if (this.thread.x - 2 * counter > 0) {
    high = x1h;
    low = x1l;
  }
  let value = this.constants.kept;
  if (high * 256 + ${shiftRight('low', 8)} < this.constants.dropped) {
    value = 0;
  }
  return value;
}`;

export function dropoutMask({ inputs, outputs, constants }: Operation<'dropoutMask'>): Launch[] {
  const { rate, seed, stream } = constants;
  const words = [seed, stream, seed ^ stream ^ threefryParity];
  const keys = words.flatMap((word, i) => [
    [`key${i}h`, word >>> 16],
    [`key${i}l`, word & 0xffff],
  ]);
  const numbers = {
    ...(Object.fromEntries(keys) as Record<string, number>),
    // how many of the 2²⁴ values of a uniform random number are below the rate
    dropped: Math.ceil(rate * 2 ** 24),
    kept: Math.fround(1 / (1 - rate)),
  };
  return [launch('dropoutMask', mask, numbers, [inputs.step.storage], outputs.mask.storage)];
}
