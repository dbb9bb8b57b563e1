import { elementLossSpec } from './element-loss.ts';
import type { LossSpec } from './loss.ts';

/**
 * The loss for numbers: the mean of the squared errors. It is least if the network predicts the mean of the targets that
 * examples like this one have.
 *
 *     loss = (1/m) Σ (pᵢ − tᵢ)²      dpᵢ = 2·(pᵢ − tᵢ) / m
 */
export function meanSquaredError(): LossSpec {
  return elementLossSpec({
    description: { type: 'mse' },
    loss: 'squared',
    targets: 'numbers',
    metric: 'meanAbsoluteError',
  });
}
