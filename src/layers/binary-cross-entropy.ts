import { elementLossSpec } from './element-loss.ts';
import type { LossSpec } from './loss.ts';

/**
 * The loss for yes or no, and for several such questions about one example: an output z is a logit, σ(z) the probability
 * of yes, and the target t is 1 or 0 (or a probability between).
 *
 *     loss = −(1/m) Σ (tᵢ·log σ(zᵢ) + (1 − tᵢ)·log(1 − σ(zᵢ)))      dzᵢ = (σ(zᵢ) − tᵢ) / m
 *
 * This is the negative logarithm of the probability that the network gives to what is true, as in the loss of a
 * classifier: with two classes whose logits are z and 0, softmax is σ. The network ends with `dense(1)`, without sigmoid.
 */
export function binaryCrossEntropy(): LossSpec {
  return elementLossSpec({
    description: { type: 'binaryCrossEntropy' },
    loss: 'binaryCrossEntropy',
    targets: 'probabilities',
    metric: 'accuracy',
  });
}
