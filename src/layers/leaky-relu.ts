import type { Tensor } from '../tensor/tensor.ts';
import { defineLayer, type LayerType } from './define-layer.ts';
import { kept, type LayerSpec } from './layer.ts';
import { numberWhere, optional } from './options.ts';

/**
 * Leaky rectified linear unit: y = x where x > 0, else s·x with a small slope s, so that a unit whose input is
 * negative still learns. Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic
 * models" (2013). Backward: dx = dy where x > 0, else s·dy. Since s ≥ 0, y is positive exactly where x is, so that
 * the layer keeps y and not x.
 */
export function leakyRelu(options: LeakyReluOptions = {}): LayerSpec {
  return leakyReluLayer.spec(options);
}

export interface LeakyReluOptions {
  /** The slope for x < 0, at least 0; 0.3 by default, as in Keras. */
  readonly negativeSlope?: number;
}

export const leakyReluLayer: LayerType<LeakyReluOptions> = defineLayer({
  type: 'leaky_relu',
  options: {
    negativeSlope: optional(numberWhere('a number from 0 up', (value) => value >= 0 && value < Infinity)),
  },
  build({ negativeSlope = 0.3 }, { name, inputShape }) {
    let y: Tensor | undefined;
    return {
      name,
      outputShape: inputShape,
      parameters: [],
      forward(ops, x) {
        y = ops.leakyRelu(x, negativeSlope);
        return y;
      },
      backward: (ops, dy) => ops.leakyReluBackward(kept(y, name), dy, negativeSlope),
    };
  },
});
