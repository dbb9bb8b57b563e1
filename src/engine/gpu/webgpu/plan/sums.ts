/** Operations that are sums over rows. */
import type { Operation } from '../../../../tensor/operation.ts';
import { Storage } from '../../../../tensor/tensor.ts';
import {
  batchMoments,
  batchNormBackwardParameters,
  countEqual,
  mean,
  sumRows,
  sumSquares,
} from '../../wgsl/sums.ts';
import type { SumSteps } from '../../wgsl/sum-kernel.ts';
import type { Call } from '../call.ts';
import { alone, type Fused } from './rule.ts';

type Arrays = Readonly<Record<string, Storage>>;

/** The calls of a sum. Its steps name the arrays that they read and write. */
function callsOf({ steps, partials }: SumSteps, arrays: Arrays): Call[] {
  const all: Arrays =
    partials === 0 ? arrays : { ...arrays, partials: new Storage('float32', partials, null) };
  return steps.map((step) => ({ kernel: step.kernel, storages: step.arrays.map((name) => all[name]!) }));
}

export function lowerSumRows(operation: Operation<'sumRows'>): Fused {
  const { x } = operation.inputs;
  const { y } = operation.outputs;
  const steps = sumRows({ rows: x.size / y.size, columns: y.size });
  return alone(operation, callsOf(steps, { x: x.storage, y: y.storage }));
}

export function lowerMean(operation: Operation<'mean'>): Fused {
  const { x } = operation.inputs;
  const arrays = { x: x.storage, y: operation.outputs.y.storage };
  return alone(operation, callsOf(mean({ length: x.size }), arrays));
}

export function lowerSumSquares(operation: Operation<'sumSquares'>): Fused {
  const { x } = operation.inputs;
  const arrays = { x: x.storage, y: operation.outputs.y.storage };
  return alone(operation, callsOf(sumSquares({ length: x.size, scale: operation.constants.scale }), arrays));
}

export function lowerCountEqual(operation: Operation<'countEqual'>): Fused {
  const { a, b } = operation.inputs;
  const arrays = { a: a.storage, b: b.storage, count: operation.outputs.count.storage };
  return alone(operation, callsOf(countEqual({ length: a.size }), arrays));
}

export function lowerBatchMoments(operation: Operation<'batchMoments'>): Fused {
  const { x } = operation.inputs;
  const { mean: means, variance } = operation.outputs;
  const steps = batchMoments({ rows: x.size / means.size, columns: means.size });
  const arrays = { x: x.storage, mean: means.storage, variance: variance.storage };
  return alone(operation, [...callsOf(steps.mean, arrays), ...callsOf(steps.variance, arrays)]);
}

export function lowerBatchNormBackwardParameters(operation: Operation<'batchNormBackwardParameters'>): Fused {
  const { x, mean: means } = operation.inputs;
  const tensors = { ...operation.inputs, ...operation.outputs };
  const arrays = Object.fromEntries(Object.entries(tensors).map(([name, { storage }]) => [name, storage]));
  const sizes = { rows: x.size / means.size, columns: means.size, epsilon: operation.constants.epsilon };
  return alone(operation, callsOf(batchNormBackwardParameters(sizes), arrays));
}
