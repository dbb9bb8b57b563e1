import type { Ops } from '../tensor/ops.ts';
import type { Parameter } from '../tensor/parameter.ts';
import { Tensor } from '../tensor/tensor.ts';
import {
  checkOptimizerOptions,
  checkRange,
  decayConstants,
  type Optimizer,
  type WeightDecay,
} from './optimizer.ts';
import { OptimizerState } from './optimizer-state.ts';

export interface AdamOptions extends WeightDecay {
  /** Decay of the running mean of the gradient, in [0, 1); 0.9 by default. */
  readonly beta1?: number;
  /** Decay of the running mean of its square, in [0, 1); 0.999 by default. */
  readonly beta2?: number;
  /** Keeps the division finite; 1e-7 by default, as in Keras. */
  readonly epsilon?: number;
}

/**
 * Adam: Kingma and Ba, "Adam: a method for stochastic optimization" (ICLR 2015), algorithm 1, in the order of
 * operations at the end of its section 2, which is that of Keras: the step size has the bias corrections of both
 * means, and ε is added to √v without correction. With weight decay it is AdamW. docs/adam.md explains
 * each term.
 *
 *     m ← β₁·m + (1 − β₁)·g       v ← β₂·v + (1 − β₂)·g²
 *     α̂ = α·√(1 − β₂ᵗ) / (1 − β₁ᵗ)
 *     w ← w − α̂·m / (√v + ε)      for t = 1, 2, 3 …
 */
export function adam(options: AdamOptions = {}): Optimizer {
  checkOptimizerOptions('adam', options, ['beta1', 'beta2', 'epsilon', 'weightDecay']);
  return new Adam(options);
}

class Adam implements Optimizer {
  readonly name = 'adam';
  readonly defaultLearningRate = 0.001;
  readonly coefficients: Tensor<'float32'> = Tensor.zeros('float32', [2], 'adam/coefficients');
  readonly #state = new OptimizerState();
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #epsilon: number;
  readonly #weightDecay: number;

  constructor({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, weightDecay = 0 }: AdamOptions) {
    checkRange('adam: beta1', beta1, 0, 1);
    checkRange('adam: beta2', beta2, 0, 1);
    checkRange('adam: epsilon', epsilon, 0);
    checkRange('adam: weightDecay', weightDecay, 0);
    this.#beta1 = beta1;
    this.#beta2 = beta2;
    this.#epsilon = epsilon;
    this.#weightDecay = weightDecay;
  }

  get state(): ReadonlyMap<string, Tensor> {
    return this.#state.tensors;
  }

  record(ops: Ops, parameters: readonly Parameter[]): void {
    this.#state.use(parameters);
    for (const parameter of parameters) {
      const { value: weight, gradient } = parameter;
      const m = this.#state.of(parameter, 'm');
      const v = this.#state.of(parameter, 'v');
      ops.adamUpdate(
        { weight, gradient, m, v, coefficients: this.coefficients },
        {
          beta1: this.#beta1,
          beta2: this.#beta2,
          epsilon: this.#epsilon,
          ...decayConstants(this.#weightDecay, parameter),
        },
      );
    }
  }

  coefficientsAt(step: number, learningRate: number): readonly [number, number] {
    const correction = Math.sqrt(1 - this.#beta2 ** step) / (1 - this.#beta1 ** step);
    return [learningRate * correction, learningRate * this.#weightDecay];
  }
}
