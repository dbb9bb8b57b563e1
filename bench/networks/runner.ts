/** A network on one of weft's engines as the benchmarks run it, and what everyone who is compared with it must share. */
import { UsageError } from '../../src/cli/framework/usage-error.ts';
import { shuffled } from '../../src/data/batches.ts';
import type { Examples } from '../../src/data/examples.ts';

/** What is timed: training steps, or the classification of images. */
export type NetworkTask = 'train' | 'infer';

/** Batches that were trained on, or classified. */
export interface BatchesRun {
  readonly seconds: number;
  readonly images: number;
  /** The mean over the images, in training; null for a library that has another loss. */
  readonly loss?: number | null;
}

/** A network that is trained or used, batch by batch. */
export interface Runner {
  /** Goes on with the next batches, through the images again and again. */
  readonly run: (batches: number) => Promise<BatchesRun>;
  /** Of the first batch with the weights as they are, without dropout: [batch, classes], row by row. */
  readonly logits: () => Promise<ArrayLike<number>>;
}

/** What rounding may change. Logits are around 0.1, losses around 2. */
export const logitBound = 1e-4;
/**
 * For the losses of the first steps, which all that train the same network must have alike. Adam's first updates are as
 * large as the rate for every weight, so that rounding decides where a weight goes whose gradient is next to nothing;
 * from there on the difference grows, and after some ten steps there is nothing left to compare.
 */
export const lossBounds: readonly number[] = [1e-4, 1e-4, 1e-3, 1e-3, 1e-3];

/** Selects the order of the images, epoch by epoch. */
export const orderSeed = 1;

/** Positions of `images` images but for the last ones, which would make a shorter batch. */
export function wholeBatches(images: number, batchSize: number): Int32Array {
  if (batchSize > images) throw new UsageError(`--batch-size: there are ${images} images, got ${batchSize}`);
  return Int32Array.from({ length: images - (images % batchSize) }, (_, i) => i);
}

/** The order in which everyone goes through the images, in whole batches. */
export function imageOrder({ labels }: Examples, batchSize: number): Int32Array {
  return shuffled(wholeBatches(labels.size, batchSize), orderSeed, 1);
}
