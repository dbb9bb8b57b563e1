import type { UpdateOperation } from '../../../../tensor/operation.ts';
import type { Tensor } from '../../../../tensor/tensor.ts';
import { updateAverageKernel } from '../../kernels/batch-norm/moments.ts';
import { addScaledKernel, clipByNormKernel } from '../../kernels/elementwise.ts';
import { floatBytes } from '../../kernels/sizes.ts';
import { statesOf, updateKernel, updateOf } from '../../kernels/updates.ts';
import { type Address, operationTask, type Task } from '../task.ts';
import { weightRowsOf } from './items.ts';
import type { Lowering, LoweringTable } from './lowering.ts';

type UpdateKind = 'addScaled' | 'clipByNorm' | 'updateAverage' | 'sgdUpdate' | 'adamUpdate';

/** Operations that change weights, gradients or running averages in place. */
export const updateLowerings: LoweringTable<UpdateKind> = {
  addScaled(operation, { target }) {
    const { x, target: sum } = operation.inputs;
    const { items, itemSize } = weightRowsOf(sum);
    const kernel = addScaledKernel(itemSize, operation.constants.scale, target);
    return operationTask(operation, { kernel, items, addresses: [sum, x, sum] });
  },
  clipByNorm(operation) {
    const { target: gradient, squares } = operation.inputs;
    const { items, itemSize } = weightRowsOf(gradient);
    const kernel = clipByNormKernel(itemSize, operation.constants.limit);
    const addresses = [gradient, gradient, squares];
    return operationTask(operation, { kernel, items, addresses, shared: [squares] });
  },
  updateAverage(operation, { target }) {
    const { x, average } = operation.inputs;
    const { items, itemSize } = weightRowsOf(average);
    const kernel = updateAverageKernel(itemSize, operation.constants.momentum, target);
    return operationTask(operation, { kernel, items, addresses: [average, x, average] });
  },
  sgdUpdate: lowerUpdate,
  adamUpdate: lowerUpdate,
};

function lowerUpdate(operation: UpdateOperation, { target }: Lowering): Task[] {
  const { weight, gradient, coefficients } = operation.inputs;
  const { items, itemSize } = weightRowsOf(weight);
  const kernel = updateKernel(itemSize, updateOf(operation, target), target);
  const states = statesOf(operation);
  const addresses = [weight, gradient, ...states, weight, ...states, ...bothOf(coefficients)];
  return operationTask(operation, { kernel, items, addresses, shared: [coefficients] });
}

/** The addresses of an optimizer's two coefficients, which are neighbours. */
export function bothOf({ storage }: Tensor): Address[] {
  return [0, floatBytes].map((offset) => ({ storage, offset }));
}
