import { defineLayer, type LayerType } from './define-layer.ts';
import { buildElementwise } from './elementwise.ts';
import type { LayerSpec } from './layer.ts';

/**
 * Gaussian error linear unit: y = x·Φ(x), element by element, for any shape, where Φ(x) is the probability that a
 * standard normal number is below x. This is its tanh form, whose y is within 0.0005 of that: Φ(x) ≈ σ(2u) with
 * u = √(2/π)·(x + 0.044715·x³). Hendrycks and Gimpel, "Gaussian error linear units" (2016). Backward, with s = σ(2u):
 * dx = dy · (s + x·s·(1 − s)·2u′).
 */
export function gelu(): LayerSpec {
  return geluLayer.spec({});
}

export const geluLayer: LayerType<object> = defineLayer({
  type: 'gelu',
  options: {},
  build: (_options, context) => buildElementwise(context, 'gelu'),
});
