import { defineLayer, type LayerType } from './define-layer.ts';
import { kept, type LayerSpec } from './layer.ts';

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
  build(_options, { name, inputShape, tensor }) {
    const features = inputShape.slice(-1);
    const mean = tensor(features, `${name}/mean`);
    const deviation = tensor(features, `${name}/deviation`, (values) => values.fill(1));
    const count = tensor([1], `${name}/examples`);
    const one = tensor(features, `${name}/one`, (values) => values.fill(1));
    const zero = tensor(features, `${name}/zero`);
    let isForwarded: true | undefined;
    return {
      name,
      outputShape: inputShape,
      parameters: [],
      state: [mean, deviation, count],
      statistics: {
        of: 'targets',
        count,
        valuesFor: ({ mean: μ, variance }) => [
          [mean, μ],
          [deviation, variance.map(Math.sqrt)],
        ],
      },
      forward(ops, x) {
        isForwarded = true;
        return ops.batchNorm({ x, mean: zero, variance: one, gamma: deviation, beta: mean }, 0);
      },
      backward(ops, dy) {
        kept(isForwarded, name);
        return ops.batchNorm({ x: dy, mean: zero, variance: one, gamma: deviation, beta: zero }, 0);
      },
    };
  },
});
