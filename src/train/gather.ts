import type { Examples } from '../data/examples.ts';
import type { Targets } from '../layers/loss.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A byte 0 … 255 becomes a number in [0, 1]. */
export const pixelScale: number = 1 / 255;

/** The inputs of the examples at `indices` [n]: x [n, …shape of one]. */
export function gatherInputs(ops: Ops, { x }: Pick<Examples, 'x'>, indices: Tensor<'int32'>): Tensor {
  return x.dtype === 'uint8' ? ops.gatherImages(x, indices, pixelScale) : ops.gatherRows(x, indices);
}

/** Their targets: class indices [n], or floats. */
export function gatherTargets(ops: Ops, { y }: Pick<Examples, 'y'>, indices: Tensor<'int32'>): Targets {
  return y.dtype === 'uint8' ? ops.gatherLabels(y, indices) : ops.gatherRows(y, indices);
}
