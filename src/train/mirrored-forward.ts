import type { Sequential } from '../layers/sequential.ts';
import type { Ops } from '../tensor/ops.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type Transform, transformSize } from '../tensor/warp.ts';

/**
 * Test-time augmentation (TTA): the mean of a network's outputs for each image and for its mirror image. The errors that the
 * network makes for the two differ, and partly cancel. It helps a network that was trained with mirror images (`flip`); another
 * one may take a mirror image for something else.
 *
 * @param x images [n, height, width, channels]
 * @returns the outputs of the last layer [n, …]: for classes, the mean of the logits
 */
export function mirroredForward(ops: Ops, model: Sequential, x: Tensor): Tensor {
  const [n, , width] = x.shape as readonly [number, number, number];
  // column x of the mirror image is column width − 1 − x; nothing is erased
  const mirror: Transform = [-1, 0, width - 1, 0, 1, 0, 0, 0, 0, 0];
  const transforms = Tensor.zeros('float32', [n, transformSize], 'mirror');
  for (let image = 0; image < n; image++) transforms.values.set(mirror, image * transformSize);
  const seen = model.forward(ops, x, { training: false });
  const mirrored = model.forward(ops, ops.warpImages(x, transforms), { training: false });
  const half = Tensor.zeros('float32', seen.shape, 'half');
  half.values.fill(0.5);
  return ops.multiply(ops.add(seen, mirrored), half);
}

/** @param what begins the message @throws RangeError unless the network sees images [height, width, channels] */
export function checkSeesImages(what: string, { inputShape }: Sequential): void {
  if (inputShape.length !== 3) {
    throw new RangeError(`${what}: tta mirrors images, and this network does not see images`);
  }
}
