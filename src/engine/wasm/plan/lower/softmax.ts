import {
  softmaxCrossEntropyBackwardKernel,
  softmaxCrossEntropyKernel,
  softmaxKernel,
} from '../../kernels/softmax.ts';
import { operationTask } from '../task.ts';
import { rowsOf } from './items.ts';
import type { LoweringTable } from './lowering.ts';

type SoftmaxKind = 'softmax' | 'softmaxCrossEntropy' | 'softmaxCrossEntropyBackward';

/** Softmax and its loss. The items are rows: one for each example. */
export const softmaxLowerings: LoweringTable<SoftmaxKind> = {
  softmax(operation) {
    const { logits } = operation.inputs;
    const { probabilities } = operation.outputs;
    const { items, itemSize } = rowsOf(logits);
    const kernel = softmaxKernel(itemSize);
    return operationTask(operation, { kernel, items, addresses: [logits, probabilities] });
  },
  softmaxCrossEntropy(operation) {
    const { logits, labels } = operation.inputs;
    const { losses, probabilities } = operation.outputs;
    const { items, itemSize } = rowsOf(logits);
    const kernel = softmaxCrossEntropyKernel(itemSize, operation.constants.labelSmoothing);
    return operationTask(operation, { kernel, items, addresses: [logits, labels, losses, probabilities] });
  },
  softmaxCrossEntropyBackward(operation) {
    const { probabilities, labels } = operation.inputs;
    const { dLogits } = operation.outputs;
    const { items, itemSize } = rowsOf(dLogits);
    const { labelSmoothing } = operation.constants;
    const kernel = softmaxCrossEntropyBackwardKernel(itemSize, items, labelSmoothing);
    return operationTask(operation, { kernel, items, addresses: [probabilities, labels, dLogits] });
  },
};
