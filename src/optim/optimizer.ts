import { checkOptions } from '../check-options.ts';
import type { DecayConstants } from '../tensor/operation.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Parameter } from '../tensor/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * Turns gradients into new weights. `record` writes the update of every parameter with `Ops`. What changes
 * from step to step (the learning rate, the bias correction) enters as two coefficients: a tensor that the
 * training loop writes before each step.
 */
export interface Optimizer {
  readonly name: string;
  readonly defaultLearningRate: number;
  /** float32 [2]; its meaning is the optimizer's own. */
  readonly coefficients: Tensor<'float32'>;
  /** What the optimizer keeps from step to step (running means, velocities), by name. `record` fills it. */
  readonly state: ReadonlyMap<string, Tensor>;
  record(ops: Ops, parameters: readonly Parameter[]): void;
  /** The coefficients of step 1, 2, 3 … at a learning rate. */
  coefficientsAt(step: number, learningRate: number): readonly [number, number];
}

export interface WeightDecay {
  /**
   * Strength λ ≥ 0 of weight decay; 0 by default. Each step shrinks the kernels beside the update, w ← w − α·λ·w,
   * with the learning rate α; biases do not decay. Loshchilov and Hutter, "Decoupled weight decay regularization"
   * (ICLR 2019). A penalty on the loss is another method: see `addL2Penalty`.
   */
  readonly weightDecay?: number;
}

/** What `weightDecay` means for a parameter, as constants of its update. */
export function decayConstants(weightDecay: number, { decay }: Parameter): DecayConstants {
  return { decoupledDecay: decay && weightDecay > 0 };
}

/**
 * For code without types.
 *
 * @param names of the options that there are; their ranges are checked by `checkRange`
 * @throws TypeError in one line
 */
export function checkOptimizerOptions(optimizer: string, options: unknown, names: readonly string[]): void {
  if (typeof options === 'number') {
    throw new TypeError(
      `${optimizer}: options: expected an object such as {}, got ${options}; the learning rate is an option of fit: ` +
        `fit(model, data, { optimizer: ${optimizer}(), learningRate: ${options} })`,
    );
  }
  const anyValue = { expected: 'a value', accepts: () => true };
  checkOptions(optimizer, options, Object.fromEntries(names.map((name) => [name, anyValue])));
}

/** Throws unless `value` lies in [from, to). */
export function checkRange(what: string, value: number, from: number, to: number = Infinity): void {
  if (!(value >= from && value < to))
    throw new RangeError(`${what} must be in [${from}, ${to}), got ${value}`);
}
