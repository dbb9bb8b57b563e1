import { entryOf, type Operation, type OperationKind } from '../../../../tensor/operation.ts';
import { lowerGatherImages, lowerGatherLabels, lowerGatherRows } from './gather.ts';
import { lowerAddScaled, lowerClipByNorm, lowerUpdateAverage } from './in-place.ts';
import { lowerLoss } from './loss.ts';
import { fuseIntoPoolBackward, lowerMaxPool, lowerMaxPoolBackward } from './pools.ts';
import { lowerConv2d, lowerConv2dBackwardFilter, lowerConv2dBackwardInput, lowerMatmul } from './products.ts';
import type { Fused, Lowering, Rule } from './rule.ts';
import {
  lowerBatchMoments,
  lowerBatchNormBackwardParameters,
  lowerCountEqual,
  lowerMean,
  lowerSumRows,
  lowerSumSquares,
} from './sums.ts';
import { lowerTranslated } from './translated.ts';
import { lowerUpdates } from './updates.ts';

/**
 * The rules for each kind of operation. The first that applies is taken; the last always applies, and lowers the
 * operation alone. A kind without rules is a type error.
 */
const rules: { readonly [K in OperationKind]: readonly Rule<K>[] } = {
  gatherImages: [lowerGatherImages],
  gatherLabels: [lowerGatherLabels],
  gatherRows: [lowerGatherRows],
  matmul: [lowerMatmul],
  conv2d: [lowerConv2d],
  conv2dBackwardInput: [lowerConv2dBackwardInput],
  conv2dBackwardFilter: [lowerConv2dBackwardFilter],
  maxPool2d: [lowerMaxPool],
  maxPool2dBackward: [lowerMaxPoolBackward],
  elementwise: [lowerTranslated],
  elementwiseBackward: [fuseIntoPoolBackward, lowerTranslated],
  softmaxCrossEntropy: [lowerLoss, lowerTranslated],
  addScaled: [lowerAddScaled],
  clipByNorm: [lowerClipByNorm],
  updateAverage: [lowerUpdateAverage],
  sumRows: [lowerSumRows],
  mean: [lowerMean],
  sumSquares: [lowerSumSquares],
  countEqual: [lowerCountEqual],
  batchMoments: [lowerBatchMoments],
  batchNormBackwardParameters: [lowerBatchNormBackwardParameters],
  adamUpdate: [lowerUpdates],
  sgdUpdate: [lowerUpdates],
  addBias: [lowerTranslated],
  multiply: [lowerTranslated],
  add: [lowerTranslated],
  weightByClass: [lowerTranslated],
  dropoutMask: [lowerTranslated],
  warpImages: [lowerTranslated],
  averagePool2d: [lowerTranslated],
  averagePool2dBackward: [lowerTranslated],
  batchNorm: [lowerTranslated],
  batchNormBackwardInput: [lowerTranslated],
  softmax: [lowerTranslated],
  softmaxCrossEntropyBackward: [lowerTranslated],
  elementLoss: [lowerTranslated],
  elementLossBackward: [lowerTranslated],
  argmax: [lowerTranslated],
};

export function lowerOperation(operation: Operation, lowering: Lowering): Fused {
  for (const rule of entryOf(rules, operation.kind, 'gpu') as readonly Rule<OperationKind>[]) {
    const fused = rule(operation, lowering);
    if (fused !== null) return fused;
  }
  throw new Error(`${operation.kind}: none of the rules of the gpu engine applies`);
}
