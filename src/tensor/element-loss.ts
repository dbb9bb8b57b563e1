/**
 * The losses that compare each element of a prediction with its target by itself. This table defines them; the reference
 * computes with it, and each engine has one line for each, in its own code.
 */

export type ElementLossName = 'squared' | 'absolute' | 'huber' | 'binaryCrossEntropy' | 'zeroOne';

/** A row for each loss: a missing one does not compile. */
export type ElementLossTable<Row> = { readonly [Name in ElementLossName]: Row };

export interface ElementLoss {
  /** The loss of one element: p is the prediction, t its target. */
  readonly forward: (p: number, t: number, parameter: number) => number;
  /** ∂loss/∂p. */
  readonly backward: (p: number, t: number, parameter: number) => number;
}

/** NaN in p stays NaN, so that a diverged run is noticed. The parameter is the δ > 0 of huber; all others have none. */
export const elementLosses: ElementLossTable<ElementLoss> = {
  /** (p − t)². The target that makes its mean smallest is the mean of the targets. */
  squared: {
    forward: (p, t) => (p - t) ** 2,
    backward: (p, t) => 2 * (p - t),
  },
  /** |p − t|; the derivative at p = t is taken as 0. The median of the targets makes its mean smallest. */
  absolute: {
    forward: (p, t) => Math.abs(p - t),
    backward: (p, t) => Math.sign(p - t),
  },
  /**
   * With e = p − t: e²/2 where |e| ≤ δ, and δ·(|e| − δ/2) beyond, which continues value and slope: far outliers pull no
   * harder than δ. The derivative is e, kept within ±δ. Huber, "Robust estimation of a location parameter" (1964).
   */
  huber: {
    forward: (p, t, delta) => {
      const near = Math.min(Math.abs(p - t), delta);
      return near * (Math.abs(p - t) - near / 2);
    },
    backward: (p, t, delta) => Math.max(-delta, Math.min(delta, p - t)),
  },
  /**
   * −t·log σ(p) − (1 − t)·log(1 − σ(p)) for a logit p and a target t in [0, 1]. Since log σ(p) = p − log(1 + eᵖ) and
   * log(1 − σ(p)) = −log(1 + eᵖ), it is log(1 + eᵖ) − t·p, and as log(1 + eᵖ) = max(p, 0) + log(1 + e^−|p|), nothing
   * overflows. The derivative of log(1 + eᵖ) is σ(p), so that ∂loss/∂p = σ(p) − t.
   */
  binaryCrossEntropy: {
    forward: (p, t) => Math.max(p, 0) - t * p + Math.log1p(Math.exp(-Math.abs(p))),
    backward: (p, t) => 1 / (1 + Math.exp(-p)) - t,
  },
  /**
   * 0 where a logit p and its target t in [0, 1] are on the same side, p > 0 and t > ½ or neither; else 1. It counts
   * mistakes. Its derivative is 0 wherever there is one, so nothing can be trained with it.
   */
  zeroOne: {
    forward: (p, t) => (p > 0 === t > 0.5 ? 0 : 1),
    backward: () => 0,
  },
};

export const elementLossNames: readonly ElementLossName[] = Object.keys(elementLosses) as ElementLossName[];
