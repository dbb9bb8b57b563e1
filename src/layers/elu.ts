import { defineLayer, type LayerType } from './define-layer.ts';
import { buildElementwise } from './elementwise.ts';
import type { LayerSpec } from './layer.ts';
import { notNegative, optional } from './options.ts';

/**
 * Exponential linear unit: y = x where x > 0, else α·(eˣ − 1), element by element, for any shape; y lies above −α and
 * is on average nearer to 0 than that of ReLU. Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network
 * learning by exponential linear units" (2016). Backward: dx = dy where x > 0, else dy · α·eˣ = dy · (y + α), so that
 * the layer keeps y and not x.
 */
export function elu(options: EluOptions = {}): LayerSpec {
  return eluLayer.spec(options);
}

export interface EluOptions {
  /** α, at least 0: far below 0, y approaches −α; 1 by default, as in Keras. */
  readonly alpha?: number;
}

export const eluLayer: LayerType<EluOptions> = defineLayer({
  type: 'elu',
  options: { alpha: optional(notNegative) },
  build: ({ alpha = 1 }, context) => buildElementwise(context, 'elu', alpha),
});
