import type { Engine } from '../engine/engine.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { PartialEpoch } from './training-state.ts';

/** The sums over an epoch's images that the training step adds to, and the time it takes. */
export class EpochTotals {
  /** float32 [1]: Σ batch size · loss of the batch. */
  readonly lossTotal: Tensor<'float32'> = Tensor.zeros('float32', [1], 'loss total');
  /** float32 [1]: number of images classified right. */
  readonly correctTotal: Tensor<'float32'> = Tensor.zeros('float32', [1], 'correct total');
  readonly #engine: Engine;
  #images = 0;
  #sums: Omit<PartialEpoch, 'seconds'> = { lossTotal: 0, correctTotal: 0 };
  #start = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Before an epoch; after a resume, with the images that it has seen already and what they came to. */
  begin(images: number, { seconds, ...sums }: PartialEpoch): void {
    this.#images = images;
    this.#sums = sums;
    this.#start = now() - seconds;
    this.#engine.write(this.lossTotal, [sums.lossTotal]);
    this.#engine.write(this.correctTotal, [sums.correctTotal]);
  }

  /** After a step. */
  async add(images: number): Promise<void> {
    this.#images += images;
    const [lossTotal] = await this.#engine.read(this.lossTotal);
    const [correctTotal] = await this.#engine.read(this.correctTotal);
    this.#sums = { lossTotal: lossTotal!, correctTotal: correctTotal! };
  }

  get images(): number {
    return this.#images;
  }

  /** Means over the epoch so far. */
  get means(): { readonly loss: number; readonly accuracy: number } {
    const { lossTotal, correctTotal } = this.#sums;
    return { loss: lossTotal / this.#images, accuracy: correctTotal / this.#images };
  }

  get speed(): { readonly seconds: number; readonly imagesPerSecond: number } {
    const seconds = now() - this.#start;
    return { seconds, imagesPerSecond: this.#images / seconds };
  }

  /** What `begin` needs to go on. */
  get partial(): PartialEpoch {
    return { ...this.#sums, seconds: now() - this.#start };
  }
}

function now(): number {
  return performance.now() / 1000;
}
