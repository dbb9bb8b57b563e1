import { elementwiseBackwardKernel, elementwiseKernel } from '../../kernels/activation.ts';
import { dropoutMaskKernel } from '../../kernels/dropout.ts';
import { addBiasKernel, addKernel, multiplyKernel, weightByClassKernel } from '../../kernels/elementwise.ts';
import { elementLossBackwardKernel, elementLossKernel } from '../../kernels/element-loss.ts';
import { operationTask } from '../task.ts';
import { rowsOf } from './items.ts';
import type { LoweringTable } from './lowering.ts';

type ElementwiseKind =
  | 'addBias'
  | 'elementwise'
  | 'elementwiseBackward'
  | 'elementLoss'
  | 'elementLossBackward'
  | 'multiply'
  | 'add'
  | 'weightByClass'
  | 'dropoutMask';

/**
 * Operations that treat each element by itself. Biases, ReLU and its backward come here where they are not fused to a
 * product.
 */
export const elementwiseLowerings: LoweringTable<ElementwiseKind> = {
  addBias(operation) {
    const { x, bias } = operation.inputs;
    const { y } = operation.outputs;
    const kernel = addBiasKernel(bias.size);
    const items = y.size / bias.size;
    return operationTask(operation, { kernel, items, addresses: [x, bias, y], shared: [bias] });
  },
  elementwise(operation) {
    const { x } = operation.inputs;
    const { y } = operation.outputs;
    const { items, itemSize } = rowsOf(y);
    const { function: name, parameter } = operation.constants;
    const kernel = elementwiseKernel(name, itemSize, parameter);
    return operationTask(operation, { kernel, items, addresses: [x, y] });
  },
  elementwiseBackward(operation) {
    const { kept, dy } = operation.inputs;
    const { dx } = operation.outputs;
    const { items, itemSize } = rowsOf(dx);
    const { function: name, parameter } = operation.constants;
    const kernel = elementwiseBackwardKernel(name, itemSize, parameter);
    return operationTask(operation, { kernel, items, addresses: [kept, dy, dx] });
  },
  elementLoss(operation) {
    const { predictions, targets } = operation.inputs;
    const { losses } = operation.outputs;
    const { items, itemSize } = rowsOf(losses);
    const { loss, parameter } = operation.constants;
    const kernel = elementLossKernel(loss, itemSize, parameter);
    return operationTask(operation, { kernel, items, addresses: [predictions, targets, losses] });
  },
  elementLossBackward(operation) {
    const { predictions, targets } = operation.inputs;
    const { dPredictions } = operation.outputs;
    const { items, itemSize } = rowsOf(dPredictions);
    const { loss, parameter } = operation.constants;
    const kernel = elementLossBackwardKernel(loss, itemSize, parameter, dPredictions.size);
    return operationTask(operation, { kernel, items, addresses: [predictions, targets, dPredictions] });
  },
  multiply(operation) {
    const { a, b } = operation.inputs;
    const { y } = operation.outputs;
    const { items, itemSize } = rowsOf(y);
    return operationTask(operation, { kernel: multiplyKernel(itemSize), items, addresses: [a, b, y] });
  },
  add(operation) {
    const { a, b } = operation.inputs;
    const { y } = operation.outputs;
    const { items, itemSize } = rowsOf(y);
    return operationTask(operation, { kernel: addKernel(itemSize), items, addresses: [a, b, y] });
  },
  weightByClass(operation) {
    const { x, labels, weights } = operation.inputs;
    const { y } = operation.outputs;
    const { items, itemSize } = rowsOf(y);
    const kernel = weightByClassKernel(itemSize);
    return operationTask(operation, {
      kernel,
      items,
      addresses: [x, labels, weights, y],
      shared: [weights],
    });
  },
  dropoutMask(operation) {
    const { step } = operation.inputs;
    const { mask } = operation.outputs;
    const { items, itemSize } = rowsOf(mask);
    const kernel = dropoutMaskKernel(itemSize, operation.constants);
    return operationTask(operation, { kernel, items, addresses: [step, mask], shared: [step] });
  },
};
