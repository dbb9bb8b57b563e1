import type { Sequential } from '../layers/sequential.ts';
import { layerCosts } from '../model/costs.ts';

/** Multiply-adds of a batch, forward: with fewer, threads wait for each other longer than they compute. */
const fewestInBatch = 1_000_000;

/** Multiply-adds of a whole run, forward: with fewer, threads save less than the tenth of a second that they take to start. */
const fewestInRun = 2_000_000_000;

/**
 * How many threads an engine should start with that is there for one run of training: 1 if more would not make it faster,
 * as for networks with a few thousand weights; undefined for the engine's own choice. The weights come out the same.
 *
 * @param examples in all epochs together
 */
export function usefulThreads(model: Sequential, examples: number, batchSize: number): number | undefined {
  const multiplyAdds = layerCosts(model).reduce((sum, layer) => sum + layer.multiplyAdds, 0);
  const isSmall = multiplyAdds * batchSize < fewestInBatch || multiplyAdds * examples < fewestInRun;
  return isSmall ? 1 : undefined;
}
