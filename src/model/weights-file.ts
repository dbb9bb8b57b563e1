import { writeAtomically } from '../atomic-write.ts';
import type { Sequential } from '../layers/sequential.ts';
import { version } from '../version.ts';
import { encodeSafetensors, readSafetensors } from './safetensors.ts';
import { getWeights, setWeights } from './weights.ts';

/**
 * Writes the weights of a network, its state included, into a safetensors file. A file of that name is replaced only
 * once the new one is whole.
 */
export async function saveWeights(model: Sequential, path: string): Promise<void> {
  await writeAtomically(path, encodeSafetensors(getWeights(model), { producer: `weft ${version}` }));
}

/**
 * Reads the weights of a network from a safetensors file: one that `saveWeights` or a run has written.
 *
 * @throws WeightsError unless names and shapes are the network's own; then nothing is changed
 */
export function loadWeights(model: Sequential, path: string): void {
  setWeights(model, readSafetensors(path), path);
}
