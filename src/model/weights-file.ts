import { writeAtomically } from '../atomic-write.ts';
import type { Sequential } from '../layers/sequential.ts';
import { version } from '../version.ts';
import { encodeSafetensors } from './safetensors.ts';
import { readSafetensors } from './safetensors-file.ts';
import { getWeights, setWeights } from './weights.ts';

/**
 * Saves the weights in a network's own tensors, its state included, as a safetensors file. A file of that name stays
 * until the new one is whole.
 */
export async function saveWeights(model: Sequential, path: string): Promise<void> {
  await writeAtomically(path, encodeSafetensors(getWeights(model), { producer: `weft ${version}` }));
}

/**
 * Loads a safetensors file, which `saveWeights` or a run wrote, into a network's own tensors.
 *
 * @throws WeightsError unless names and shapes are those of the network; then nothing has changed
 */
export function loadWeights(model: Sequential, path: string): void {
  setWeights(model, readSafetensors(path), path);
}
