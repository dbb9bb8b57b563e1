import type { Operation } from '../operation.ts';
import { RandomStream } from '../random.ts';

/**
 * Inverted dropout (Srivastava et al., "Dropout", 2014, section 10): mask = 0 with probability `rate`, else
 * 1 / (1 − rate), so that the expected activation is unchanged and inference needs no rescaling. docs/dropout.md derives it.
 */
export function dropoutMask({ inputs, outputs, constants }: Operation<'dropoutMask'>): void {
  const { rate, seed, stream } = constants;
  const random = new RandomStream(seed, stream, inputs.step.values[0]);
  const mask = outputs.mask.values;
  const kept = 1 / (1 - rate);
  for (let i = 0; i < mask.length; i++) mask[i] = random.uniform(i) < rate ? 0 : kept;
}
