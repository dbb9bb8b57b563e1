/**
 * Seeded, counter-based random numbers: the value at (seed, stream, step, index) is a pure function of these
 * four, with no state to advance. So initial weights, shuffles and dropout masks are the same in every engine,
 * for any number of threads, and after a resume.
 *
 * The function is Threefry-2x32 with 20 rounds: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy
 * as 1, 2, 3" (SC 2011). It turns a key (seed, stream) and a counter (step, index) into two 32-bit words by
 * additions, rotations and exclusive-ors alone, which every engine can do exactly.
 */

/** Rotation distances of rounds 0–3 and 4–7; the pattern repeats every eight rounds. */
export const threefryRotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;
/** The third key word is this constant ⊕ the other two (from the Skein hash function). */
export const threefryParity = 0x1bd11bda;

const [[a0, a1, a2, a3], [b0, b1, b2, b3]] = threefryRotations;

/** Writes the two output words for key (k0, k1) and counter (c0, c1) to `out[0]` and `out[1]`. */
export function threefry2x32(k0: number, k1: number, c0: number, c1: number, out: Uint32Array): void {
  // the next three key words, in rotation; every four rounds two of them and the number of the group go in
  let next = k1;
  let afterNext = k0 ^ k1 ^ threefryParity;
  let last = k0;
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let group = 0; group < 5; group++) {
    const even = (group & 1) === 0;
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, even ? a0 : b0) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, even ? a1 : b1) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, even ? a2 : b2) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, even ? a3 : b3) ^ x0;
    x0 = (x0 + next) | 0;
    x1 = (x1 + afterNext + group + 1) | 0;
    const used = next;
    next = afterNext;
    afterNext = last;
    last = used;
  }
  out[0] = x0;
  out[1] = x1;
}

function rotate(word: number, distance: number): number {
  return (word << distance) | (word >>> (32 - distance));
}

/** The second key word of a named stream: FNV-1a (32 bits) of its name. */
export function streamKey(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash | 0;
}

/** The random numbers of one stream at one step, addressed by index. */
export class RandomStream {
  readonly #seed: number;
  readonly #stream: number;
  readonly #step: number;
  readonly #words = new Uint32Array(2);

  /** @param seed a 32-bit integer @param stream what the numbers are for, say `shuffle` @param step 0, 1, 2 … */
  constructor(seed: number, stream: string | number, step = 0) {
    this.#seed = seed | 0;
    this.#stream = typeof stream === 'string' ? streamKey(stream) : stream | 0;
    this.#step = step | 0;
  }

  /** 32 random bits. Indices 2c and 2c + 1 are the two words of counter c. */
  bits(index: number): number {
    threefry2x32(this.#seed, this.#stream, this.#step, index >>> 1, this.#words);
    return this.#words[index & 1]!;
  }

  /** Uniform in [0, 1): 24 bits, exact in float32. */
  uniform(index: number): number {
    return (this.bits(index) >>> 8) * 2 ** -24;
  }

  /** Uniform in [0, 1) with all 53 bits of a double; uses a counter of its own for each index. */
  uniformDouble(index: number): number {
    threefry2x32(this.#seed, this.#stream, this.#step, index, this.#words);
    return (this.#words[0]! * 2 ** 21 + (this.#words[1]! >>> 11)) * 2 ** -53;
  }

  /** Standard normal, by Box and Muller: √(−2 ln u)·cos(2πv) for independent uniforms u in (0, 1] and v. */
  normal(index: number): number {
    threefry2x32(this.#seed, this.#stream, this.#step, index, this.#words);
    const u = (this.#words[0]! + 1) * 2 ** -32;
    const v = this.#words[1]! * 2 ** -32;
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  }

  /** A random order of 0 … length − 1, each equally likely: the shuffle of Fisher and Yates. */
  permutation(length: number): Int32Array {
    const order = new Int32Array(length);
    for (let i = 1; i < length; i++) order[i] = i;
    for (let i = length - 1; i > 0; i--) {
      const j = Math.floor(this.uniformDouble(i) * (i + 1));
      const swapped = order[i]!;
      order[i] = order[j]!;
      order[j] = swapped;
    }
    return order;
  }
}
