import type { LossSpec } from '../layers/loss.ts';
import type { Sequential } from '../layers/sequential.ts';
import { softmaxCrossEntropy } from '../layers/softmax-cross-entropy.ts';

/** The loss that a network was trained with last; that of a classifier if it was never trained. */
export function defaultLoss(model: Sequential): LossSpec {
  return model.loss ?? softmaxCrossEntropy();
}
