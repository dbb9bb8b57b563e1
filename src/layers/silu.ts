import { defineLayer, type LayerType } from './define-layer.ts';
import { buildElementwise } from './elementwise.ts';
import type { LayerSpec } from './layer.ts';

/**
 * Sigmoid linear unit, also "swish": y = x·σ(x), element by element, for any shape; smooth, and near max(x, 0) where
 * |x| is large. Elfwing, Uchibe and Doya, "Sigmoid-weighted linear units" (2018). Backward:
 * dx = dy · (σ(x) + x·σ(x)·(1 − σ(x))).
 */
export function silu(): LayerSpec {
  return siluLayer.spec({});
}

export const siluLayer: LayerType<object> = defineLayer({
  type: 'silu',
  options: {},
  build: (_options, context) => buildElementwise(context, 'silu'),
});
