import { elementLossSpec } from './element-loss.ts';
import type { LossSpec } from './loss.ts';

/**
 * The loss for numbers among which some are far off: the mean of the absolute errors. It is least if the network predicts
 * the median of the targets that examples like this one have.
 *
 *     loss = (1/m) Σ |pᵢ − tᵢ|      dpᵢ = ±1 / m, with the sign of pᵢ − tᵢ
 */
export function meanAbsoluteError(): LossSpec {
  return elementLossSpec({
    description: { type: 'mae' },
    loss: 'absolute',
    targets: 'numbers',
    metric: 'meanAbsoluteError',
  });
}
