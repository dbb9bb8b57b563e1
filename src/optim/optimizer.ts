import type { DecayConstants } from '../tensor/operation.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Parameter } from '../tensor/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * Turns gradients into new weights. `record` writes the update of every parameter with `Ops`; what changes
 * from step to step (the learning rate, the bias correction) enters as two coefficients, a tensor that the
 * training loop writes before each step.
 */
export interface Optimizer {
  readonly name: string;
  readonly defaultLearningRate: number;
  /** float32 [2]; its meaning is the optimizer's own. */
  readonly coefficients: Tensor<'float32'>;
  /** Running means and the like, by name, for checkpoints. Filled by `record`. */
  readonly state: ReadonlyMap<string, Tensor>;
  record(ops: Ops, parameters: readonly Parameter[]): void;
  /** The coefficients of step 1, 2, 3 … at a learning rate. */
  coefficientsAt(step: number, learningRate: number): readonly [number, number];
}

export interface WeightDecay {
  /**
   * Strength λ ≥ 0 of weight decay on kernels (biases are left alone); 0 by default. `decoupled` (the
   * default): w ← w − α·λ·w beside the update, as in AdamW (Loshchilov and Hutter, 2019). `l2`: λ·w is added
   * to the gradient, the derivative of a penalty ½λ·Σw².
   */
  readonly weightDecay?: number;
  readonly weightDecayMode?: 'decoupled' | 'l2';
}

/** What `weightDecay` means for a parameter, as constants of its update. */
export function decayConstants(
  { weightDecay, weightDecayMode }: Required<WeightDecay>,
  { decay }: Parameter,
): DecayConstants {
  return {
    l2: decay && weightDecayMode === 'l2' ? weightDecay : 0,
    decoupledDecay: decay && weightDecayMode === 'decoupled' && weightDecay > 0,
  };
}

/** Throws unless `value` lies in [from, to). */
export function checkRange(what: string, value: number, from: number, to: number = Infinity): void {
  if (!(value >= from && value < to))
    throw new RangeError(`${what} must be in [${from}, ${to}), got ${value}`);
}
