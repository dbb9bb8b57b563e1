/**
 * What `standardize` and `unstandardize` share: a layer that shifts and scales each feature by the mean and the spread of
 * the training examples. It is batch normalization with statistics that stay; only the roles of its operands differ.
 */
import type { Operation } from '../tensor/operation.ts';
import type { FloatArray, Tensor } from '../tensor/tensor.ts';
import { type BuildContext, kept, type Layer, type LayerStatistics } from './layer.ts';

/** One value for each feature, [c]. */
interface FeatureTensors {
  readonly mean: Tensor;
  /** The variance or the deviation, as the layer declares. */
  readonly spread: Tensor;
  readonly one: Tensor;
  readonly zero: Tensor;
}

type Operands = Omit<Operation<'batchNorm'>['inputs'], 'x'>;

interface Declaration {
  readonly of: LayerStatistics['of'];
  /** What the layer keeps beside the mean: the end of the tensor's name in files of weights. */
  readonly spreadName: 'variance' | 'deviation';
  readonly spreadFrom: (variance: Float32Array) => Float32Array;
  /** y = batchNorm(x) with these. */
  readonly forward: (tensors: FeatureTensors) => Operands;
  /** dx = batchNorm(dy) with these. */
  readonly backward: (tensors: FeatureTensors) => Operands;
}

/** Builds such a layer: x, y [n, …, c]. */
export function buildStatisticsLayer(
  { name, inputShape, tensor }: BuildContext,
  { of, spreadName, spreadFrom, forward, backward }: Declaration,
): Layer {
  const features = inputShape.slice(-1);
  const ones = (values: FloatArray): unknown => values.fill(1);
  const mean = tensor(features, `${name}/mean`);
  const spread = tensor(features, `${name}/${spreadName}`, ones);
  const count = tensor([1], `${name}/examples`);
  const one = tensor(features, `${name}/one`, ones);
  const zero = tensor(features, `${name}/zero`);
  const tensors: FeatureTensors = { mean, spread, one, zero };
  let isForwarded: true | undefined;
  return {
    name,
    outputShape: inputShape,
    parameters: [],
    state: [mean, spread, count],
    statistics: {
      of,
      count,
      valuesFor: ({ mean: μ, variance }) => [
        [mean, μ],
        [spread, spreadFrom(variance)],
      ],
    },
    forward(ops, x) {
      isForwarded = true;
      return ops.batchNorm({ x, ...forward(tensors) }, 0);
    },
    backward(ops, dy) {
      kept(isForwarded, name);
      return ops.batchNorm({ x: dy, ...backward(tensors) }, 0);
    },
  };
}
