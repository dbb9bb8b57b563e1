import { basename } from 'node:path';
import { writeAtomically } from '../atomic-write.ts';
import type { Sequential } from '../layers/sequential.ts';
import { readRegularFile } from '../read-file.ts';
import { WeightsError } from './safetensors.ts';
import { decodeModel, encodeModel } from './saved-model.ts';

/**
 * Saves a whole network as one safetensors file: layers with their options, weights and statistics, the loss, the names of
 * the classes. A file of that name stays until the new one is whole.
 */
export async function saveModel(model: Sequential, path: string): Promise<void> {
  await writeAtomically(path, encodeModel(model, basename(path).replace(/\.safetensors$/, '')));
}

/**
 * The network in a file that `saveModel` or `npm run export -- … --format safetensors` wrote, with its weights, ready for
 * `predict`.
 *
 * @throws WeightsError if the file cannot be read or is damaged; ModelError if its network has a mistake
 */
export function loadModel(path: string): Sequential {
  let bytes: Uint8Array;
  try {
    bytes = readRegularFile(path);
  } catch (error) {
    throw new WeightsError(`${path}: cannot read the model: ${(error as Error).message}`, { cause: error });
  }
  return decodeModel(bytes, basename(path));
}
