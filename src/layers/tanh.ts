import { defineLayer, type LayerType } from './define-layer.ts';
import { buildElementwise } from './elementwise.ts';
import type { LayerSpec } from './layer.ts';

/**
 * Hyperbolic tangent: y = tanh x = 2·σ(2x) − 1, element by element, for any shape; y lies in (−1, 1). Backward:
 * dx = dy · (1 − y²).
 */
export function tanh(): LayerSpec {
  return tanhLayer.spec({});
}

export const tanhLayer: LayerType<object> = defineLayer({
  type: 'tanh',
  options: {},
  build: (_options, context) => buildElementwise(context, 'tanh'),
});
