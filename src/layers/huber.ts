import { elementLossSpec } from './element-loss.ts';
import type { LossSpec } from './loss.ts';

export interface HuberOptions {
  /** δ > 0: errors beyond it count as absolute errors do; 1 by default. */
  readonly delta?: number;
}

/**
 * The loss for numbers between the squared and the absolute error: smooth near 0, and far outliers pull no harder than δ.
 * Huber, "Robust estimation of a location parameter" (1964).
 *
 *     with e = p − t:  f = e²/2 where |e| ≤ δ, else δ·(|e| − δ/2)      loss = (1/m) Σ f      dp = max(−δ, min(δ, e)) / m
 *
 * @throws RangeError unless delta is a number above 0
 */
export function huber({ delta = 1 }: HuberOptions = {}): LossSpec {
  if (!(typeof delta === 'number' && delta > 0 && delta < Infinity)) {
    throw new RangeError(`huber: delta must be a number above 0, got ${delta}`);
  }
  return elementLossSpec({
    description: { type: 'huber', delta },
    loss: 'huber',
    parameter: delta,
    targets: 'numbers',
    metric: 'meanAbsoluteError',
  });
}
