import type { Operation } from '../../../../tensor/operation.ts';
import { maxPool, maxPoolBackward } from '../../wgsl/max-pool.ts';
import { isRelu, isReluBackward } from '../../../fusion/relu.ts';
import { alone, type Fused, type Lowering } from './rule.ts';

/** A pool, and ReLU of its result if nothing else reads that. */
export function lowerMaxPool(operation: Operation<'maxPool2d'>, { graph }: Lowering): Fused {
  const { x } = operation.inputs;
  const { y, argmax } = operation.outputs;
  const sizes = { input: x.shape, output: y.shape, constants: operation.constants };
  const next = graph.onlyReaderOf(y.storage);
  if (next !== null && isRelu(next) && graph.canFollow(operation, next)) {
    const kernel = maxPool({ ...sizes, activation: 'relu' });
    const storages = [x.storage, next.outputs.y.storage, argmax.storage];
    return { operations: [operation, next], calls: [{ kernel, storages }] };
  }
  return alone(operation, [{ kernel: maxPool(sizes), storages: [x.storage, y.storage, argmax.storage] }]);
}

export function lowerMaxPoolBackward(operation: Operation<'maxPool2dBackward'>): Fused {
  const { dy, argmax } = operation.inputs;
  const { dx } = operation.outputs;
  const kernel = maxPoolBackward({ input: dx.shape, output: dy.shape, constants: operation.constants });
  return alone(operation, [{ kernel, storages: [dy.storage, argmax.storage, dx.storage] }]);
}

/** The backward of ReLU, if only the backward of a pool reads its result. */
export function fuseIntoPoolBackward(
  operation: Operation<'elementwiseBackward'>,
  { graph }: Lowering,
): Fused | null {
  if (!isReluBackward(operation)) return null;
  const { kept, dy } = operation.inputs;
  const pool = graph.onlyReaderOf(operation.outputs.dx.storage);
  if (pool?.kind !== 'maxPool2dBackward' || !graph.canFollow(operation, pool)) return null;
  const { argmax } = pool.inputs;
  const { dx } = pool.outputs;
  const sizes = { input: dx.shape, output: dy.shape, constants: pool.constants };
  const kernel = maxPoolBackward({ ...sizes, activation: 'relu' });
  const storages = [dy.storage, argmax.storage, kept.storage, dx.storage];
  return { operations: [operation, pool], calls: [{ kernel, storages }] };
}
