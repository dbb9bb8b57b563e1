import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { kept } from './layer.ts';

/**
 * The loss of a classifier: softmax and cross-entropy together, for logits z [n, c] and class indices [n].
 *
 *     pᵢⱼ = exp zᵢⱼ / Σⱼ exp zᵢⱼ       loss = −(1/n) Σᵢ log pᵢ,label(i)
 *
 * Backward: dzᵢⱼ = (pᵢⱼ − 1[j = label(i)]) / n. docs/softmax-cross-entropy.md derives it.
 *
 * Label smoothing α aims at (1 − α) for the label plus α/c for every class, instead of 1 and 0: Szegedy et al.,
 * "Rethinking the Inception architecture for computer vision" (2016), section 7.
 */
export class SoftmaxCrossEntropy {
  readonly #labelSmoothing: number;
  #kept: { readonly probabilities: Tensor; readonly labels: Tensor<'int32'> } | undefined;

  /** `labelSmoothing`: α in [0, 1). */
  constructor(labelSmoothing = 0) {
    if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
      throw new RangeError(`softmax cross-entropy: labelSmoothing must be in [0, 1), got ${labelSmoothing}`);
    }
    this.#labelSmoothing = labelSmoothing;
  }

  /** loss [1], the mean over the batch, and the probabilities [n, c]. */
  forward(
    ops: Ops,
    logits: Tensor,
    labels: Tensor<'int32'>,
  ): { readonly loss: Tensor; readonly probabilities: Tensor } {
    const { losses, probabilities } = ops.softmaxCrossEntropy(logits, labels, this.#labelSmoothing);
    this.#kept = { probabilities, labels };
    return { loss: ops.mean(losses), probabilities };
  }

  backward(ops: Ops): Tensor {
    const { probabilities, labels } = kept(this.#kept, 'softmax cross-entropy');
    return ops.softmaxCrossEntropyBackward(probabilities, labels, this.#labelSmoothing);
  }
}
