import type { Ops } from '../tensor/ops.ts';
import type { Parameter } from '../tensor/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkRange } from './optimizer.ts';
import { OptimizerState } from './optimizer-state.ts';

/**
 * An exponential moving average of the weights over the steps, beside the weights that are trained: Polyak and Juditsky,
 * "Acceleration of stochastic approximation by averaging" (1992); in this form Kingma and Ba, "Adam: a method for
 * stochastic optimization" (ICLR 2015), section 7.2. The last steps of a run go to and fro around a minimum, and their mean
 * is nearer to it.
 *
 *     w̄ ← β·w̄ + (1 − β)·w      w̄ / (1 − βᵗ) after step t, as w̄ is 0 at first
 */
export class WeightAverage {
  readonly #decay: number;
  readonly #state = new OptimizerState();

  /** @param decay β in [0, 1): about 1 / (1 − β) steps have most of the weight @throws RangeError for another one */
  constructor(decay: number) {
    checkRange('ema', decay, 0, 1);
    this.#decay = decay;
  }

  /** w̄ of each parameter, `NAME/average`. `record` fills it. */
  get tensors(): ReadonlyMap<string, Tensor> {
    return this.#state.tensors;
  }

  /** To be called after the update of the weights. */
  record(ops: Ops, parameters: readonly Parameter[]): void {
    for (const parameter of parameters) ops.updateAverage(this.of(parameter), parameter.value, this.#decay);
  }

  /** w̄ of a parameter. */
  of(parameter: Parameter): Tensor {
    return this.#state.of(parameter, 'average');
  }

  /** 1 / (1 − βᵗ), by which w̄ is multiplied after step t ≥ 1. */
  scaleAfter(step: number): number {
    return 1 / (1 - this.#decay ** step);
  }
}
