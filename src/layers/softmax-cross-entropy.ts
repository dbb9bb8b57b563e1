import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { kept } from './layer.ts';

/**
 * The loss of a classifier: softmax and cross-entropy together, for logits z [n, c] and class indices [n].
 *
 *     pᵢⱼ = exp zᵢⱼ / Σⱼ exp zᵢⱼ       loss = −(1/n) Σᵢ log pᵢ,label(i)
 *
 * Backward: dzᵢⱼ = (pᵢⱼ − 1[j = label(i)]) / n. docs/softmax-cross-entropy.md derives it.
 */
export class SoftmaxCrossEntropy {
  #kept: { readonly probabilities: Tensor; readonly labels: Tensor<'int32'> } | undefined;

  /** loss [1], the mean over the batch, and the probabilities [n, c]. */
  forward(
    ops: Ops,
    logits: Tensor,
    labels: Tensor<'int32'>,
  ): { readonly loss: Tensor; readonly probabilities: Tensor } {
    const { losses, probabilities } = ops.softmaxCrossEntropy(logits, labels);
    this.#kept = { probabilities, labels };
    return { loss: ops.mean(losses), probabilities };
  }

  backward(ops: Ops): Tensor {
    const { probabilities, labels } = kept(this.#kept, 'softmax cross-entropy');
    return ops.softmaxCrossEntropyBackward(probabilities, labels);
  }
}
