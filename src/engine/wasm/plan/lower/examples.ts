import { gatherImagesKernel, gatherLabelsKernel, gatherRowsKernel } from '../../kernels/gather.ts';
import { operationTask } from '../task.ts';
import { rowsOf } from './items.ts';
import type { LoweringTable } from './lowering.ts';

/** Operations that bring examples from the data set into a batch. The items are examples. */
export const exampleLowerings: LoweringTable<'gatherImages' | 'gatherLabels' | 'gatherRows'> = {
  gatherImages(operation) {
    const { images, indices } = operation.inputs;
    const { y } = operation.outputs;
    const { items, itemSize } = rowsOf(y);
    const kernel = gatherImagesKernel(itemSize, operation.constants.scale);
    return operationTask(operation, { kernel, items, addresses: [images, indices, y], shared: [images] });
  },
  gatherLabels(operation) {
    const { labels, indices } = operation.inputs;
    const { y } = operation.outputs;
    const addresses = [labels, indices, y];
    return operationTask(operation, {
      kernel: gatherLabelsKernel(),
      items: y.size,
      addresses,
      shared: [labels],
    });
  },
  gatherRows(operation) {
    const { x, indices } = operation.inputs;
    const { y } = operation.outputs;
    const { items, itemSize } = rowsOf(y);
    const addresses = [x, indices, y];
    return operationTask(operation, { kernel: gatherRowsKernel(itemSize), items, addresses, shared: [x] });
  },
};
