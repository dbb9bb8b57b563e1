import { entryOf, type Operation, type OperationKind } from '../../../tensor/operation.ts';
import type { HostKind } from '../host.ts';
import type { Launch } from './kernel.ts';
import { elementwise, elementwiseBackward } from './activation.ts';
import {
  batchMoments,
  batchNorm,
  batchNormBackwardInput,
  batchNormBackwardParameters,
  updateAverage,
} from './batch-norm.ts';
import { conv2d, conv2dBackwardFilter, conv2dBackwardInput } from './conv2d.ts';
import { dropoutMask } from './dropout.ts';
import { elementLoss, elementLossBackward } from './element-loss.ts';
import { add, addBias, addScaled, clipByNorm, multiply, weightByClass } from './elementwise.ts';
import { type ChooseVariant, matmul } from './matmul.ts';
import { averagePool2d, averagePool2dBackward, maxPool2d, maxPool2dBackward } from './pool.ts';
import { argmax, countEqual, mean, sumRows, sumSquares } from './reductions.ts';
import { softmax, softmaxCrossEntropy, softmaxCrossEntropyBackward } from './softmax.ts';
import { adamUpdate, sgdUpdate } from './updates.ts';
import { warpImages } from './warp.ts';

type DeviceKind = Exclude<OperationKind, HostKind>;
type Lowering<K extends DeviceKind> = (operation: Operation<K>, choose: ChooseVariant) => Launch[];

/** The kernels of each operation, in the order in which they run. Each sees what the earlier ones wrote. */
const lowerings: { readonly [K in DeviceKind]: Lowering<K> } = {
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
  softmax,
  softmaxCrossEntropy,
  softmaxCrossEntropyBackward,
  elementLoss,
  elementLossBackward,
  argmax,
  countEqual,
  sgdUpdate,
  adamUpdate,
  warpImages,
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
};

/** @param choose says which kernel computes a product */
export function lower<K extends DeviceKind>(operation: Operation<K>, choose: ChooseVariant): Launch[] {
  const lowerOperation = entryOf(lowerings, operation.kind, 'gpu') as Lowering<K>;
  return lowerOperation(operation, choose);
}
