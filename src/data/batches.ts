import { RandomStream } from '../tensor/random.ts';

/** Positions of examples in a data set. */
export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/**
 * Keeps the last `validationShare` of `count` examples for validation, as Keras's `validation_split` does.
 *
 * @throws RangeError unless the share is in [0, 1)
 */
export function splitValidation(count: number, validationShare: number): Split {
  if (!(validationShare >= 0 && validationShare < 1)) {
    throw new RangeError(`validation split must be in [0, 1), got ${validationShare}`);
  }
  const positions = Int32Array.from({ length: count }, (_, i) => i);
  const trainCount = Math.floor(count * (1 - validationShare));
  return { train: positions.subarray(0, trainCount), validation: positions.subarray(trainCount) };
}

/** The examples in the order of one epoch. The order depends only on the seed and the epoch. */
export function shuffled(positions: Int32Array, seed: number, epoch: number): Int32Array {
  const order = new RandomStream(seed, 'shuffle', epoch).permutation(positions.length);
  return order.map((i) => positions[i]!);
}

/** Consecutive parts of `positions`, each of length `batchSize`; the last may be shorter. They are views, not copies. */
export function* batches(positions: Int32Array, batchSize: number): Generator<Int32Array> {
  for (let start = 0; start < positions.length; start += batchSize) {
    yield positions.subarray(start, start + batchSize);
  }
}
