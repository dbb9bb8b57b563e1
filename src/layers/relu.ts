import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { kept, type LayerSpec } from './layer.ts';

/**
 * Rectified linear unit: y = max(x, 0), element by element, for any shape. Backward: dx = dy where x > 0,
 * else 0. The output tells where x was positive, so that x itself need not be kept.
 */
export function relu(): LayerSpec {
  return {
    type: 'relu',
    build({ name, inputShape }) {
      let y: Tensor | undefined;
      return {
        name,
        outputShape: inputShape,
        parameters: [],
        forward: (ops: Ops, x: Tensor) => (y = ops.elementwise(x, 'relu')),
        backward: (ops: Ops, dy: Tensor) => ops.elementwiseBackward(kept(y, name), dy, 'relu'),
      };
    },
  };
}
