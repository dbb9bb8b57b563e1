import { averagePoolBackwardKernel, averagePoolKernel } from '../../kernels/average-pool.ts';
import { maxPoolBackwardKernel, maxPoolKernel } from '../../kernels/max-pool.ts';
import { operationTask } from '../task.ts';
import type { LoweringTable } from './lowering.ts';
import { poolSizes } from './pool-sizes.ts';

type PoolKind = 'maxPool2d' | 'maxPool2dBackward' | 'averagePool2d' | 'averagePool2dBackward';

/** Pooling. The items are images. */
export const poolLowerings: LoweringTable<PoolKind> = {
  maxPool2d(operation) {
    const { x } = operation.inputs;
    const { y, argmax } = operation.outputs;
    const kernel = maxPoolKernel(poolSizes(x, y, operation.constants));
    return operationTask(operation, { kernel, items: x.shape[0]!, addresses: [x, y, argmax] });
  },
  maxPool2dBackward(operation) {
    const { dy, argmax } = operation.inputs;
    const { dx } = operation.outputs;
    const kernel = maxPoolBackwardKernel(poolSizes(dx, dy, operation.constants));
    return operationTask(operation, { kernel, items: dx.shape[0]!, addresses: [dx, dy, argmax] });
  },
  averagePool2d(operation) {
    const { x } = operation.inputs;
    const { y } = operation.outputs;
    const kernel = averagePoolKernel(poolSizes(x, y, operation.constants));
    return operationTask(operation, { kernel, items: x.shape[0]!, addresses: [x, y] });
  },
  averagePool2dBackward(operation) {
    const { dy } = operation.inputs;
    const { dx } = operation.outputs;
    const kernel = averagePoolBackwardKernel(poolSizes(dx, dy, operation.constants));
    return operationTask(operation, { kernel, items: dx.shape[0]!, addresses: [dx, dy] });
  },
};
