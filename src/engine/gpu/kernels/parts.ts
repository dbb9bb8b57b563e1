/**
 * Long sums in two launches: a thread adds up one part of the terms, then another the parts. There is more to do at
 * once, rounding errors grow with the length of a part instead of that of the sum, and no thread runs a loop of more
 * than 65,535 rounds, where some drivers stop without a word.
 */
import type { Storage } from '../../../tensor/tensor.ts';
import type { Launch } from './kernel.ts';
import { launch } from './launch.ts';

/** Terms that one thread may add up. */
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
