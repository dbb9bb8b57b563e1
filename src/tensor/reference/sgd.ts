import type { Operation } from '../operation.ts';

/**
 * coefficients = (α, δ): the learning rate and the share of decoupled weight decay (if it applies, else δ = 0).
 *
 *     v ← momentum · v − α · g
 *     w ← w − δ · w + v                        or, with Nesterov, w − δ · w + momentum · v − α · g
 */
export function sgdUpdate({ inputs, outputs, constants }: Operation<'sgdUpdate'>): void {
  const { momentum, nesterov } = constants;
  const learningRate = inputs.coefficients.values[0]!;
  const decay = constants.decoupledDecay ? inputs.coefficients.values[1]! : 0;
  const gradient = inputs.gradient.values;
  const weight = outputs.weight.values;
  const velocity = outputs.velocity.values;
  for (let i = 0; i < weight.length; i++) {
    const w = weight[i]!;
    const g = gradient[i]!;
    const v = momentum * velocity[i]! - learningRate * g;
    velocity[i] = v;
    weight[i] = w - decay * w + (nesterov ? momentum * v - learningRate * g : v);
  }
}
