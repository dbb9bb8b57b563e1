import { defineLayer, type LayerType } from './define-layer.ts';
import { kept, type LayerSpec } from './layer.ts';

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
  build(_options, { name, inputShape, tensor }) {
    const features = inputShape.slice(-1);
    const mean = tensor(features, `${name}/mean`);
    const variance = tensor(features, `${name}/variance`, (values) => values.fill(1));
    const count = tensor([1], `${name}/examples`);
    const one = tensor(features, `${name}/one`, (values) => values.fill(1));
    const zero = tensor(features, `${name}/zero`);
    let isForwarded: true | undefined;
    return {
      name,
      outputShape: inputShape,
      parameters: [],
      state: [mean, variance, count],
      statistics: {
        of: 'inputs',
        count,
        valuesFor: ({ mean: μ, variance: σ2 }) => [
          [mean, μ],
          [variance, σ2],
        ],
      },
      forward(ops, x) {
        isForwarded = true;
        // batch normalization with statistics that stay
        return ops.batchNorm({ x, mean, variance, gamma: one, beta: zero }, 0);
      },
      // dx = dy / σ: the same without the mean
      backward(ops, dy) {
        kept(isForwarded, name);
        return ops.batchNorm({ x: dy, mean: zero, variance, gamma: one, beta: zero }, 0);
      },
    };
  },
});
