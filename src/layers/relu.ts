import { defineLayer, type LayerType } from './define-layer.ts';
import { buildElementwise } from './elementwise.ts';
import type { LayerSpec } from './layer.ts';

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
  build: (_options, context) => buildElementwise(context, 'relu'),
});
