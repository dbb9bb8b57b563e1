/**
 * Long sums in two launches: first each thread adds up one part of the terms, then others add up the parts. So more
 * threads work at the same time, rounding errors grow with the length of a part instead of that of the sum, and no loop
 * has more than 65,535 rounds, after which some drivers silently stop.
 */
import type { Storage } from '../../../tensor/tensor.ts';
import type { Launch } from './kernel.ts';
import { launch } from './launch.ts';

/** The most terms that one thread adds up. */
export const mostTerms: number = 2 ** 14;

/** output [columns] = Σ over parts [parts, columns]. */
export function sumParts(parts: Storage, output: Storage): Launch {
  const source = `function (parts) {
  let sum = 0;
  for (let part = 0; part < this.constants.parts; part++) {
    sum += parts[part * this.constants.columns + this.thread.x];
  }
  return sum;
}`;
  const columns = output.length;
  return launch('sumParts', source, { parts: parts.length / columns, columns }, [parts], output);
}
