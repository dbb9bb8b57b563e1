import type { Ops } from '../tensor/ops.ts';
import type { Parameter } from '../tensor/parameter.ts';

/**
 * Scales the gradients down by one factor where their norm ‖g‖ = √Σg², over all parameters, is above `limit`:
 * g ← g · min(1, limit / ‖g‖). The direction stays. Pascanu, Mikolov and Bengio, "On the difficulty of training
 * recurrent neural networks" (ICML 2013), algorithm 1.
 */
export function clipGradients(ops: Ops, parameters: readonly Parameter[], limit: number): void {
  if (!(limit > 0)) throw new RangeError(`gradient clipping: the limit must be above 0, got ${limit}`);
  if (parameters.length === 0) return;
  const squares = parameters
    .map(({ gradient }) => ops.sumSquares(gradient, 1))
    .reduce((sum, square) => ops.add(sum, square));
  for (const { gradient } of parameters) ops.clipByNorm(gradient, squares, limit);
}
