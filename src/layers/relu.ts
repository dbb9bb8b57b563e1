import type { Tensor } from '../tensor/tensor.ts';
import { defineLayer, type LayerType } from './define-layer.ts';
import { kept, type LayerSpec } from './layer.ts';

/**
 * Rectified linear unit: y = max(x, 0), element by element, for any shape. Backward: dx = dy where x > 0,
 * else 0. y is positive exactly where x is, so that the layer keeps y and not x.
 */
export function relu(): LayerSpec {
  return reluLayer.spec({});
}

export const reluLayer: LayerType<object> = defineLayer({
  type: 'relu',
  options: {},
  build(_options, { name, inputShape }) {
    let y: Tensor | undefined;
    return {
      name,
      outputShape: inputShape,
      parameters: [],
      forward(ops, x) {
        y = ops.relu(x);
        return y;
      },
      backward: (ops, dy) => ops.reluBackward(kept(y, name), dy),
    };
  },
});
