import { defineLayer, type LayerType } from './define-layer.ts';
import { buildElementwise } from './elementwise.ts';
import type { LayerSpec } from './layer.ts';
import { notNegative, optional } from './options.ts';

/**
 * Leaky rectified linear unit: y = x where x > 0, else s·x with a small slope s, so that a unit whose input is
 * negative still learns; element by element, for any shape. Maas, Hannun and Ng, "Rectifier nonlinearities improve
 * neural network acoustic models" (2013). Backward: dx = dy where x > 0, else s·dy. Since s ≥ 0, the sign of y tells
 * which holds, so that the layer keeps y and not x.
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
  options: { negativeSlope: optional(notNegative) },
  build: ({ negativeSlope = 0.3 }, context) => buildElementwise(context, 'leakyRelu', negativeSlope),
});
