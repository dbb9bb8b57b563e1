import { RandomStream } from '../../../src/tensor/random.ts';

/** Random choices that a seed and a name repeat. */
export class Dice {
  readonly #stream: RandomStream;
  #next = 0;

  constructor(seed: number, name: string) {
    this.#stream = new RandomStream(seed, name);
  }

  /** A whole number from 0 to `count` − 1. */
  below(count: number): number {
    return Math.floor(this.#stream.uniform(this.#next++) * count);
  }

  chance(probability: number): boolean {
    return this.#stream.uniform(this.#next++) < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.below(256)));
  }
}
