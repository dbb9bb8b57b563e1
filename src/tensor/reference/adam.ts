import type { Operation } from '../operation.ts';

/**
 * coefficients = (α̂, δ): the step size with bias correction, α̂ = α·√(1 − β₂ᵗ) / (1 − β₁ᵗ), and the share of
 * decoupled weight decay (if it applies, else δ = 0).
 *
 *     m ← β₁·m + (1 − β₁)·g                    running mean of the gradient
 *     v ← β₂·v + (1 − β₂)·g²                   running mean of its square
 *     w ← w − δ·w − α̂·m / (√v + ε)
 */
export function adamUpdate({ inputs, outputs, constants }: Operation<'adamUpdate'>): void {
  const { beta1, beta2, epsilon } = constants;
  const stepSize = inputs.coefficients.values[0]!;
  const decay = constants.decoupledDecay ? inputs.coefficients.values[1]! : 0;
  const gradient = inputs.gradient.values;
  const weight = outputs.weight.values;
  const m = outputs.m.values;
  const v = outputs.v.values;
  for (let i = 0; i < weight.length; i++) {
    const w = weight[i]!;
    const g = gradient[i]!;
    const mean = beta1 * m[i]! + (1 - beta1) * g;
    const square = beta2 * v[i]! + (1 - beta2) * g * g;
    m[i] = mean;
    v[i] = square;
    weight[i] = w - decay * w - (stepSize * mean) / (Math.sqrt(square) + epsilon);
  }
}
