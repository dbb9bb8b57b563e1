import { didYouMean } from '../closest.ts';
import { showValue } from '../show-value.ts';
import { binaryCrossEntropy } from './binary-cross-entropy.ts';
import { huber } from './huber.ts';
import type { LossDescription, LossName, LossSpec } from './loss.ts';
import { meanAbsoluteError } from './mean-absolute-error.ts';
import { meanSquaredError } from './mean-squared-error.ts';
import { softmaxCrossEntropy } from './softmax-cross-entropy.ts';

/** Every loss. A missing one does not compile. */
const losses: { readonly [Name in LossName]: (description: LossDescription) => LossSpec } = {
  softmaxCrossEntropy: () => softmaxCrossEntropy(),
  binaryCrossEntropy: () => binaryCrossEntropy(),
  mse: () => meanSquaredError(),
  mae: () => meanAbsoluteError(),
  huber: ({ delta }) => huber(delta === undefined ? {} : { delta }),
};

export const lossNames: readonly LossName[] = Object.keys(losses) as LossName[];

/**
 * The loss that a name or a description stands for; a loss is returned as it is.
 *
 * @param where what messages begin with: `fit: loss`
 * @throws RangeError or TypeError for anything else
 */
export function lossOf(loss: LossName | LossSpec | LossDescription, where: string): LossSpec {
  const type: unknown = typeof loss === 'string' ? loss : (loss as { readonly type?: unknown } | null)?.type;
  if (typeof type !== 'string' || !Object.hasOwn(losses, type)) {
    const question = typeof type === 'string' ? didYouMean(type, lossNames) : '';
    throw new TypeError(
      `${where}: expected a loss, got ${showValue(loss)}; ${question}the losses are ${lossNames.join(', ')}`,
    );
  }
  if (typeof loss !== 'string' && 'build' in loss) return loss;
  return losses[type as LossName](typeof loss === 'string' ? { type: type as LossName } : loss);
}
