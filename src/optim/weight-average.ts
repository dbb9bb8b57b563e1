import type { Ops } from '../tensor/ops.ts';
import type { Parameter } from '../tensor/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkRange } from './optimizer.ts';
import { OptimizerState } from './optimizer-state.ts';

/**
 * A mean of the weights over steps, beside the weights that are trained: Polyak and Juditsky, "Acceleration of stochastic
 * approximation by averaging" (1992). The last steps of a run go to and fro around a minimum, and their mean is nearer to it.
 */
export interface WeightAverage {
  /** The first step that has a part in it. */
  readonly firstStep: number;
  /** What is kept of each parameter, `NAME/average`. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Makes the tensors, zeros. */
  prepare(parameters: readonly Parameter[]): void;
  /** To be called after the update of the weights, in the steps from `firstStep` on. */
  record(ops: Ops, parameters: readonly Parameter[]): void;
  /** The tensor of a parameter. */
  of(parameter: Parameter): Tensor;
  /** The factor that makes the tensors the mean, after step t ≥ `firstStep`. */
  scaleAfter(step: number): number;
}

abstract class KeptAverage {
  readonly #state = new OptimizerState();

  get tensors(): ReadonlyMap<string, Tensor> {
    return this.#state.tensors;
  }

  prepare(parameters: readonly Parameter[]): void {
    for (const parameter of parameters) this.of(parameter);
  }

  of(parameter: Parameter): Tensor {
    return this.#state.of(parameter, 'average');
  }
}

/**
 * The exponential moving average, in the form of Kingma and Ba, "Adam: a method for stochastic optimization" (ICLR 2015),
 * section 7.2:
 *
 *     w̄ ← β·w̄ + (1 − β)·w      w̄ / (1 − βᵗ) after step t, as w̄ is 0 at first
 */
export class ExponentialAverage extends KeptAverage implements WeightAverage {
  readonly firstStep = 1;
  readonly #decay: number;

  /** @param decay β in [0, 1): about 1 / (1 − β) steps have most of the weight @throws RangeError for another one */
  constructor(decay: number) {
    super();
    checkRange('ema', decay, 0, 1);
    this.#decay = decay;
  }

  record(ops: Ops, parameters: readonly Parameter[]): void {
    for (const parameter of parameters) ops.updateAverage(this.of(parameter), parameter.value, this.#decay);
  }

  scaleAfter(step: number): number {
    return 1 / (1 - this.#decay ** step);
  }
}

/**
 * The plain mean over the last part of a run: Izmailov et al., "Averaging weights leads to wider optima and better
 * generalization" (2018), there taken once an epoch, here at each step. It is kept as the sum:
 *
 *     s ← s + w from step f on      w̄ = s / (t − f + 1) after step t
 */
export class EqualAverage extends KeptAverage implements WeightAverage {
  readonly firstStep: number;

  /**
   * @param share of the steps of the run, the last ones, in (0, 1); the last step at least
   * @param totalSteps of the run
   * @throws RangeError for another share
   */
  constructor(share: number, totalSteps: number) {
    super();
    if (!(share > 0 && share < 1)) throw new RangeError(`swa must be in (0, 1), got ${share}`);
    this.firstStep = totalSteps - Math.ceil(share * totalSteps) + 1;
  }

  record(ops: Ops, parameters: readonly Parameter[]): void {
    for (const parameter of parameters) ops.addScaled(this.of(parameter), parameter.value, 1);
  }

  scaleAfter(step: number): number {
    return 1 / (step - this.firstStep + 1);
  }
}
