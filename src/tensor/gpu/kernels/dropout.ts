/**
 * The random mask of dropout. Its numbers are those of random.ts to the bit: a word of 32 bits, too wide for a
 * float32, is held as two whole numbers of 16 bits, `…h` and `…l`, and every bit operation gives such numbers again.
 */
import type { Operation } from '../../operation.ts';
import { threefryParity, threefryRotations } from '../../random.ts';
import type { Launch } from '../kernel.ts';
import { launch } from '../launch.ts';

/** word ← word + (high, low), modulo 2³². */
function add(word: string, high: string, low: string): string {
  return `
  ${word}h = (${word}h + ${high} + ((${word}l + ${low}) >> 16)) & 65535;
  ${word}l = (${word}l + ${low}) & 65535;`;
}

/** x0 ← x0 + x1, then x1 ← (x1 rotated to the left) ⊕ x0. */
function round(distance: number): string {
  const [high, low] = distance < 16 ? ['x1h', 'x1l'] : ['x1l', 'x1h'];
  const shift = distance % 16;
  // the bits that leave one half enter the other
  const [newHigh, newLow] = [
    [high, low],
    [low, high],
  ].map(([half, other]) =>
    shift === 0 ? half! : `(((${half!} << ${shift}) | (${other!} >> ${16 - shift})) & 65535)`,
  );
  return `${add('x0', 'x1h', 'x1l')}
  rotatedh = ${newHigh!};
  rotatedl = ${newLow!};
  x1h = rotatedh ^ x0h;
  x1l = rotatedl ^ x0l;`;
}

/** Adds two of the three key words, and the number of the group, to x0 and x1. */
function addKeys(group: number): string {
  const [first, second] = [group % 3, (group + 1) % 3];
  return `${add('x0', `this.constants.key${first}h`, `this.constants.key${first}l`)}
  ${add('x1', `this.constants.key${second}h`, `this.constants.key${second}l + ${group}`)}`;
}

const groups = [1, 2, 3, 4, 5].map((group) => {
  const distances = threefryRotations[(group - 1) % 2]!;
  return distances.map(round).join('') + addKeys(group);
});

/** Threefry of the counter (step, ⌊element / 2⌋): its two words are for two neighbouring elements. */
const mask = `function (step) {
  const counter = this.thread.x >> 1;
  let x0h = (step[0] >> 16) & 65535;
  let x0l = step[0] & 65535;
  let x1h = counter >> 16;
  let x1l = counter & 65535;
  let rotatedh = 0;
  let rotatedl = 0;
  ${addKeys(0)}
  ${groups.join('')}
  let high = x0h;
  let low = x0l;
  if ((this.thread.x & 1) === 1) {
    high = x1h;
    low = x1l;
  }
  let value = this.constants.kept;
  if (high * 256 + (low >> 8) < this.constants.dropped) {
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
    // of the 2²⁴ values of a uniform number, how many are below the rate
    dropped: Math.ceil(rate * 2 ** 24),
    kept: Math.fround(1 / (1 - rate)),
  };
  return [launch('dropoutMask', mask, numbers, [inputs.step.storage], outputs.mask.storage)];
}
