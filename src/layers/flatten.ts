import { sizeOf } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { kept, type LayerSpec } from './layer.ts';

/** Makes each example one row: x [n, …shape] becomes y [n, size]. The values stay where they are. */
export function flatten(): LayerSpec {
  return {
    type: 'flatten',
    build({ name, inputShape }) {
      const outputShape = [sizeOf(inputShape)];
      let x: Tensor | undefined;
      return {
        name,
        outputShape,
        parameters: [],
        forward: (_ops, input) => (x = input).reshape([input.shape[0]!, ...outputShape]),
        backward: (_ops, dy) => dy.reshape(kept(x, name).shape),
      };
    },
  };
}
