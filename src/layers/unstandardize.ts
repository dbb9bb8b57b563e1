import { defineLayer, type LayerType } from './define-layer.ts';
import type { LayerSpec } from './layer.ts';
import { buildStatisticsLayer } from './statistics-layer.ts';

/**
 * The other direction of `standardize`, for targets: a network that predicts prices of about 200,000 learns numbers of
 * about 1, and this layer, which must be the last, brings them to the mean and the deviation of the training targets.
 *
 *     x, y [n, …, c]   mean μ, deviation σ [c]   y = σ·x + μ      dx = σ·dy
 *
 * `fit` computes μ and σ before the first step, once, and they are part of the weights from then on.
 */
export function unstandardize(): LayerSpec {
  return unstandardizeLayer.spec({});
}

export const unstandardizeLayer: LayerType<object> = defineLayer({
  type: 'unstandardize',
  options: {},
  build: (_options, context) =>
    buildStatisticsLayer(context, {
      of: 'targets',
      spreadName: 'deviation',
      spreadFrom: (variance) => variance.map(Math.sqrt),
      forward: ({ mean, spread, one, zero }) => ({ mean: zero, variance: one, gamma: spread, beta: mean }),
      backward: ({ spread, one, zero }) => ({ mean: zero, variance: one, gamma: spread, beta: zero }),
    }),
});
