import type { PoolConstants } from '../../../../tensor/operation.ts';
import type { Tensor } from '../../../../tensor/tensor.ts';
import type { PoolSizes } from '../../kernels/pool.ts';
import type { Shape4 } from './lowering.ts';

/** The sizes of images that are pooled, or of their gradient. */
export function poolSizes(images: Tensor, pooled: Tensor, constants: PoolConstants): PoolSizes {
  const [, h, w, channels] = images.shape as Shape4;
  const [, oh, ow] = pooled.shape as Shape4;
  return { ...constants, h, w, channels, oh, ow };
}
