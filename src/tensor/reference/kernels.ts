import { entryOf, type Operation, type OperationKind, type OperationTable } from '../operation.ts';
import { elementwise, elementwiseBackward } from './activation.ts';
import { adamUpdate } from './adam.ts';
import { averagePool2d, averagePool2dBackward } from './average-pool.ts';
import {
  batchMoments,
  batchNorm,
  batchNormBackwardInput,
  batchNormBackwardParameters,
  updateAverage,
} from './batch-norm.ts';
import { addBias, sumRows } from './bias.ts';
import { conv2d, conv2dBackwardFilter, conv2dBackwardInput } from './conv2d.ts';
import { dropoutMask } from './dropout.ts';
import { add, addScaled, clipByNorm, multiply, weightByClass } from './elementwise.ts';
import { elementLoss, elementLossBackward } from './element-loss.ts';
import { gatherImages, gatherLabels, gatherRows } from './gather.ts';
import { maxPool2d, maxPool2dBackward } from './max-pool.ts';
import { matmul } from './matmul.ts';
import { argmax, countEqual, mean, sumSquares } from './reductions.ts';
import { sgdUpdate } from './sgd.ts';
import { softmax, softmaxCrossEntropy, softmaxCrossEntropyBackward } from './softmax-cross-entropy.ts';
import { warpImages } from './warp.ts';

/** The reference: the definition of every operation, in loops over the tensors' values. */
export const kernels: OperationTable<void> = {
  gatherImages,
  warpImages,
  gatherLabels,
  gatherRows,
  matmul,
  addBias,
  elementwise,
  elementwiseBackward,
  multiply,
  add,
  addScaled,
  clipByNorm,
  weightByClass,
  sumRows,
  mean,
  sumSquares,
  dropoutMask,
  conv2d,
  conv2dBackwardInput,
  conv2dBackwardFilter,
  maxPool2d,
  maxPool2dBackward,
  averagePool2d,
  averagePool2dBackward,
  batchMoments,
  updateAverage,
  batchNorm,
  batchNormBackwardParameters,
  batchNormBackwardInput,
  softmax,
  softmaxCrossEntropy,
  softmaxCrossEntropyBackward,
  elementLoss,
  elementLossBackward,
  argmax,
  countEqual,
  sgdUpdate,
  adamUpdate,
};

/** Computes one operation, reading and writing the values of its tensors. */
export function compute<K extends OperationKind>(operation: Operation<K>): void {
  const kernel = entryOf(kernels, operation.kind, 'reference') as (operation: Operation<K>) => void;
  kernel(operation);
}
