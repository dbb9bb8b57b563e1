import { defineLayer, type LayerType } from './define-layer.ts';
import type { LayerSpec } from './layer.ts';
import { buildStatisticsLayer } from './statistics-layer.ts';

/**
 * Brings each feature of the inputs to mean 0 and variance 1: features of different sizes, such as age and income, then
 * count the same when training begins. It must be the first layer.
 *
 *     x, y [n, …, c]   mean μ, variance σ² [c]   y = (x − μ) / σ
 *
 * μ and σ² are those of the training examples: `fit` computes them before the first step, once, and they are part of the
 * weights from then on. σ² divides by the number of values. A feature that never changes has σ = 1. Images have one mean
 * and one variance for each channel.
 */
export function standardize(): LayerSpec {
  return standardizeLayer.spec({});
}

export const standardizeLayer: LayerType<object> = defineLayer({
  type: 'standardize',
  options: {},
  build: (_options, context) =>
    buildStatisticsLayer(context, {
      of: 'inputs',
      spreadName: 'variance',
      spreadFrom: (variance) => variance,
      forward: ({ mean, spread, one, zero }) => ({ mean, variance: spread, gamma: one, beta: zero }),
      // dx = dy / σ: the same without the mean
      backward: ({ spread, one, zero }) => ({ mean: zero, variance: spread, gamma: one, beta: zero }),
    }),
});
