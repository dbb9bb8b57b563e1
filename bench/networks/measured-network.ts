/** A network as the benchmarks run it: what is timed, what all contenders share, and how exactly they must agree. */
import { UsageError } from '../../src/cli/framework/usage-error.ts';
import { shuffled } from '../../src/data/batches.ts';
import type { LabelledImages } from '../../src/data/examples.ts';

/** What is timed: training steps, or the classification of images. */
export type NetworkTask = 'train' | 'infer';

/** The result of running some batches. */
export interface BatchesRun {
  readonly seconds: number;
  readonly images: number;
  /** In training, the mean loss over the images; null for a library that uses another loss. */
  readonly loss?: number | null;
}

/** A network on an engine of weft that trains or classifies, batch by batch. */
export interface MeasuredNetwork {
  /** Runs the next batches. After the last image the first one follows. */
  readonly run: (batches: number) => Promise<BatchesRun>;
  /** The logits of the first batch with the current weights, without dropout: [batch, classes], row by row. */
  readonly logits: () => Promise<ArrayLike<number>>;
}

/** How far rounding may move a logit. Logits are around 0.1, losses around 2. */
export const logitBound = 1e-4;
/**
 * How far rounding may move the losses of the first steps. The first updates of Adam have the size of the learning rate
 * for every weight, so for a gradient near zero rounding decides the direction. The difference grows with every step;
 * after about ten steps losses can no longer be compared.
 */
export const lossBounds: readonly number[] = [1e-4, 1e-4, 1e-3, 1e-3, 1e-3];

/** The seed of the order of the images. */
export const orderSeed = 1;

/** The positions of all images except the last ones, which would make a shorter batch. */
export function wholeBatches(images: number, batchSize: number): Int32Array {
  if (batchSize > images) throw new UsageError(`--batch-size: there are ${images} images, got ${batchSize}`);
  return Int32Array.from({ length: images - (images % batchSize) }, (_, i) => i);
}

/** The order of the images that all contenders follow, in whole batches. */
export function imageOrder({ y: labels }: LabelledImages, batchSize: number): Int32Array {
  return shuffled(wholeBatches(labels.size, batchSize), orderSeed, 1);
}
