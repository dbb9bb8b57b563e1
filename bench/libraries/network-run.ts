/** A network of another library as it is measured: batch after batch. Node and a page run it alike. */
import { batches as batchesOf } from '../../src/data/batches.ts';

/** A network made with a library. Images are [batch, 784] in [0, 1], row by row. */
export interface LibraryNetwork {
  logits(images: Float32Array): Promise<ArrayLike<number>>;
  /** One training step. The loss of the batch before the update, or null if the library uses another loss. */
  step?(images: Float32Array, labels: Int32Array, number: number): Promise<number | null>;
  classify?(images: Float32Array): Promise<ArrayLike<number>>;
}

export interface LibraryProduct {
  compute(): void | Promise<void>;
  /** C [m, n], row by row. */
  result(): ArrayLike<number> | Promise<ArrayLike<number>>;
}

/** The mean time of one product, in seconds. */
export async function timeProduct(product: LibraryProduct, repeats: number): Promise<number> {
  const start = performance.now();
  for (let repeat = 0; repeat < repeats; repeat++) await product.compute();
  return (performance.now() - start) / 1000 / repeats;
}

/** Images as bytes [n, height · width], their labels, and how a contender goes through them. */
export interface RunExamples {
  readonly images: Uint8Array;
  readonly labels: ArrayLike<number>;
  /** The positions of the images, in the order that all contenders follow. */
  readonly order: Int32Array;
  readonly batchSize: number;
  readonly task: 'train' | 'infer';
}

/** Runs a network on one batch after another; after the last batch the first one follows. */
export class NetworkRun {
  readonly #network: LibraryNetwork;
  readonly #examples: RunExamples;
  /** The images as floats, for training; inference starts from bytes. */
  readonly #floats: Float32Array | null;
  readonly #cycle: readonly Int32Array[];
  #next = 0;
  #steps = 0;

  constructor(network: LibraryNetwork, examples: RunExamples) {
    const { task, images, order, batchSize } = examples;
    this.#network = network;
    this.#examples = examples;
    this.#floats = task === 'train' ? Float32Array.from(images, (byte) => byte / 255) : null;
    this.#cycle = [...batchesOf(order, batchSize)];
  }

  logits(): Promise<ArrayLike<number>> {
    return this.#network.logits(this.#images(this.#cycle[0]!));
  }

  /** Timed: gathering a batch (from floats in training, from bytes in inference) and the whole step. */
  async run(count: number): Promise<{ seconds: number; images: number; loss?: number | null }> {
    const start = performance.now();
    let images = 0;
    let total: number | null = 0;
    for (let batch = 0; batch < count; batch++) {
      const positions = this.#cycle[this.#next]!;
      this.#next = (this.#next + 1) % this.#cycle.length;
      images += positions.length;
      if (this.#floats) {
        const labels = Int32Array.from(positions, (position) => this.#examples.labels[position]!);
        const loss = await this.#network.step!(this.#images(positions), labels, ++this.#steps);
        total = total === null || loss === null ? null : total + loss * positions.length;
      } else {
        const classes = await this.#network.classify!(this.#images(positions));
        if (classes.length !== positions.length) throw new Error(`${classes.length} classes of a batch`);
      }
    }
    const seconds = (performance.now() - start) / 1000;
    return this.#floats
      ? { seconds, images, loss: total === null ? null : total / images }
      : { seconds, images };
  }

  #images(positions: Int32Array): Float32Array {
    const size = this.#examples.images.length / this.#examples.labels.length;
    const batch = new Float32Array(positions.length * size);
    for (const [row, position] of positions.entries()) {
      if (this.#floats) {
        batch.set(this.#floats.subarray(position * size, (position + 1) * size), row * size);
      } else {
        const bytes = this.#examples.images;
        for (let i = 0; i < size; i++) batch[row * size + i] = bytes[position * size + i]! / 255;
      }
    }
    return batch;
  }
}

/** For each row, the position of the largest of its `classes` logits. */
export function argmaxRows(logits: ArrayLike<number>, classes: number): Int32Array {
  return Int32Array.from({ length: logits.length / classes }, (_, row) => {
    let best = 0;
    for (let column = 1; column < classes; column++) {
      if (logits[row * classes + column]! > logits[row * classes + best]!) best = column;
    }
    return best;
  });
}
