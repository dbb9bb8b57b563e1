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

export interface SgdOptions extends WeightDecay {
  /** μ in [0, 1): the share of the last move that is repeated; 0 by default. */
  readonly momentum?: number;
  /** Look ahead along the velocity before taking the gradient; false by default. */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent with momentum, as Keras defines it: v ← μ·v − α·g, then w ← w + v, or with
 * Nesterov w ← w + μ·v − α·g. The velocity contains the learning rate, so that a schedule changes new moves
 * and not past ones. Polyak (1964); Sutskever et al., "On the importance of initialization and momentum in
 * deep learning" (2013).
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  checkOptimizerOptions('sgd', options, ['momentum', 'nesterov', 'weightDecay']);
  return new Sgd(options);
}

class Sgd implements Optimizer {
  readonly name = 'sgd';
  readonly defaultLearningRate = 0.01;
  readonly coefficients: Tensor<'float32'> = Tensor.zeros('float32', [2], 'sgd/coefficients');
  readonly #state = new OptimizerState();
  readonly #momentum: number;
  readonly #nesterov: boolean;
  readonly #weightDecay: number;

  constructor({ momentum = 0, nesterov = false, weightDecay = 0 }: SgdOptions) {
    checkRange('sgd: momentum', momentum, 0, 1);
    checkRange('sgd: weightDecay', weightDecay, 0);
    this.#momentum = momentum;
    this.#nesterov = nesterov;
    this.#weightDecay = weightDecay;
  }

  get state(): ReadonlyMap<string, Tensor> {
    return this.#state.tensors;
  }

  record(ops: Ops, parameters: readonly Parameter[]): void {
    this.#state.use(parameters);
    for (const parameter of parameters) {
      const { value: weight, gradient } = parameter;
      const velocity = this.#state.of(parameter, 'velocity');
      ops.sgdUpdate(
        { weight, gradient, velocity, coefficients: this.coefficients },
        {
          momentum: this.#momentum,
          nesterov: this.#nesterov,
          ...decayConstants(this.#weightDecay, parameter),
        },
      );
    }
  }

  coefficientsAt(_step: number, learningRate: number): readonly [number, number] {
    return [learningRate, learningRate * this.#weightDecay];
  }
}
