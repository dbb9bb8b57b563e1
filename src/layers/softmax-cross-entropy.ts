import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { kept } from './layer.ts';
import type { Loss, LossSpec, Targets } from './loss.ts';

/** The loss of a classifier with a class for each example; `SoftmaxCrossEntropy` says what it computes. */
export function softmaxCrossEntropy(): LossSpec {
  return {
    type: 'softmaxCrossEntropy',
    targets: 'classes',
    metric: 'accuracy',
    metricOf: (mean) => mean,
    describe: () => ({ type: 'softmaxCrossEntropy' }),
    build: ({ labelSmoothing, classWeights } = {}) => new SoftmaxCrossEntropy(labelSmoothing, classWeights),
  };
}

/**
 * The loss of a classifier: softmax and cross-entropy together, for logits z [n, c] and class indices [n].
 *
 *     pᵢⱼ = exp zᵢⱼ / Σⱼ exp zᵢⱼ       loss = −(1/n) Σᵢ log pᵢ,label(i)
 *
 * Backward: dzᵢⱼ = (pᵢⱼ − 1[j = label(i)]) / n. docs/softmax-cross-entropy.md derives it.
 *
 * With label smoothing α, the target is (1 − α) for the label plus α/c for every class, instead of 1 and 0: Szegedy et al.,
 * "Rethinking the Inception architecture for computer vision" (2016), section 7.
 *
 * With class weights w, the loss of an example is multiplied by the weight of its label, w[label(i)], as with Keras's
 * `class_weight`: the sum is divided by n, not by the sum of the weights. Weights whose mean over the examples is 1 keep
 * the scale of the loss.
 */
export class SoftmaxCrossEntropy implements Loss {
  readonly #labelSmoothing: number;
  readonly #classWeights: Tensor | undefined;
  #kept: { readonly probabilities: Tensor; readonly labels: Tensor<'int32'> } | undefined;

  /** @param labelSmoothing α in [0, 1) @param classWeights [c], each at least 0; all 1 if left out */
  constructor(labelSmoothing = 0, classWeights?: Tensor) {
    if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
      throw new RangeError(`softmax cross-entropy: labelSmoothing must be in [0, 1), got ${labelSmoothing}`);
    }
    this.#labelSmoothing = labelSmoothing;
    this.#classWeights = classWeights;
  }

  /** loss [1], the mean over the batch, and the probabilities [n, c]. */
  forward(
    ops: Ops,
    logits: Tensor,
    labels: Targets,
  ): { readonly loss: Tensor; readonly predictions: Tensor } {
    if (!isIndices(labels)) {
      throw new TypeError(
        `softmax cross-entropy: targets: expected int32 [${logits.shape[0]}], got ${labels.dtype}`,
      );
    }
    const { losses, probabilities } = ops.softmaxCrossEntropy(logits, labels, this.#labelSmoothing);
    this.#kept = { probabilities, labels };
    return { loss: ops.mean(this.#weighted(ops, losses, labels)), predictions: probabilities };
  }

  backward(ops: Ops): Tensor {
    const { probabilities, labels } = kept(this.#kept, 'softmax cross-entropy');
    const dLogits = ops.softmaxCrossEntropyBackward(probabilities, labels, this.#labelSmoothing);
    return this.#weighted(ops, dLogits, labels);
  }

  /** Counts the examples whose most probable class is the true one. */
  addMetric(ops: Ops, total: Tensor<'float32'>): void {
    const { probabilities, labels } = kept(this.#kept, 'softmax cross-entropy');
    ops.addScaled(total, ops.countEqual(ops.argmax(probabilities), labels), 1);
  }

  /** Each example's row times the weight of its class. */
  #weighted(ops: Ops, rows: Tensor, labels: Tensor<'int32'>): Tensor {
    return this.#classWeights === undefined ? rows : ops.weightByClass(rows, labels, this.#classWeights);
  }
}

function isIndices(targets: Targets): targets is Tensor<'int32'> {
  return targets.dtype === 'int32';
}
