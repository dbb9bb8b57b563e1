import { defineLayer, type LayerType } from './define-layer.ts';
import { buildElementwise } from './elementwise.ts';
import type { LayerSpec } from './layer.ts';

/**
 * Logistic function: y = σ(x) = 1 / (1 + e⁻ˣ), element by element, for any shape; y lies in (0, 1). Backward:
 * dx = dy · y·(1 − y), at most a quarter of dy: in a deep network the gradient vanishes.
 */
export function sigmoid(): LayerSpec {
  return sigmoidLayer.spec({});
}

export const sigmoidLayer: LayerType<object> = defineLayer({
  type: 'sigmoid',
  options: {},
  build: (_options, context) => buildElementwise(context, 'sigmoid'),
});
