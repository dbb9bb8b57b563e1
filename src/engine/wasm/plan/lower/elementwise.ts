import { elementwiseBackwardKernel, elementwiseKernel } from '../../kernels/activation.ts';
import { dropoutMaskKernel } from '../../kernels/dropout.ts';
import { addBiasKernel, addKernel, multiplyKernel, weightByClassKernel } from '../../kernels/elementwise.ts';
import { operationTask } from '../task.ts';
import { rowsOf } from './items.ts';
import type { LoweringTable } from './lowering.ts';

type ElementwiseKind =
  'addBias' | 'elementwise' | 'elementwiseBackward' | 'multiply' | 'add' | 'weightByClass' | 'dropoutMask';

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
