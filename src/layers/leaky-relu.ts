import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { kept, type LayerSpec } from './layer.ts';

export interface LeakyReluOptions {
  /** The slope for x < 0, at least 0; 0.3 by default, as in Keras. */
  readonly negativeSlope?: number;
}

/**
 * Leaky rectified linear unit: y = x where x > 0, else s·x with a small slope s, so that a unit whose input is
 * negative still learns. Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic
 * models" (2013). Backward: dx = dy where x > 0, else s·dy. Since s ≥ 0, the output is positive exactly where x
 * is, so that x itself need not be kept.
 */
export function leakyRelu(options: LeakyReluOptions = {}): LayerSpec {
  const { negativeSlope = 0.3 } = options;
  if (!(negativeSlope >= 0 && negativeSlope < Infinity)) {
    throw new RangeError(`leakyRelu: negativeSlope must be a number from 0 up, got ${negativeSlope}`);
  }
  return {
    type: 'leaky_relu',
    build({ name, inputShape }) {
      let y: Tensor | undefined;
      return {
        name,
        outputShape: inputShape,
        parameters: [],
        forward: (ops: Ops, x: Tensor) => (y = ops.elementwise(x, 'leakyRelu', negativeSlope)),
        backward: (ops: Ops, dy: Tensor) =>
          ops.elementwiseBackward(kept(y, name), dy, 'leakyRelu', negativeSlope),
      };
    },
  };
}
