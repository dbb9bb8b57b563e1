import { RandomStream } from '../../src/tensor/random.ts';
import type { Shape } from '../../src/tensor/shape.ts';
import { type FloatType, Tensor } from '../../src/tensor/tensor.ts';

/** A persistent tensor of uniform numbers in [−1, 1): the same for the same shape and name. */
export function randomTensor<D extends FloatType>(dtype: D, shape: Shape, name: string): Tensor<D> {
  const tensor = Tensor.zeros(dtype, shape, name);
  const random = new RandomStream(20, name);
  for (let i = 0; i < tensor.size; i++) tensor.values[i] = 2 * random.uniform(i) - 1;
  return tensor;
}
