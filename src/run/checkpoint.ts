/**
 * `last.safetensors`: the state of training, with which a run can go on. It is one file, so that it is never half old and
 * half new. Weights have the same names as in other weights files. The names of the optimizer's tensors begin with
 * `optimizer/`. What is not a tensor is JSON in the metadata.
 */
import { basename } from 'node:path';
import { encodeSafetensors, type NamedValues, WeightsError } from '../model/safetensors.ts';
import { readWeightsFile } from '../model/safetensors-file.ts';
import type { TrainingState } from '../train/training-state.ts';
import type { RunFolder } from './folder.ts';

export const checkpointFile = 'last.safetensors';

const format = 'weft training state 1';
const optimizerPrefix = 'optimizer/';

/** @param metadata what the file says about its origin */
export async function writeCheckpoint(
  folder: RunFolder,
  state: TrainingState,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await folder.write(checkpointFile, encodeCheckpoint(state, metadata));
}

export function encodeCheckpoint(
  { weights, optimizer, ...rest }: TrainingState,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const tensors = new Map(weights);
  for (const [name, values] of optimizer) tensors.set(optimizerPrefix + name, values);
  return encodeSafetensors(tensors, { ...metadata, format, training: JSON.stringify(rest) });
}

/** @param path of the file @throws WeightsError for any file that is not a checkpoint */
export function readCheckpoint(path: string): TrainingState {
  const { weights: tensors, metadata } = readWeightsFile(path);
  const file = basename(path);
  if (metadata['format'] !== format) {
    throw new WeightsError(
      `${file}: expected a checkpoint ("${format}"), found ${JSON.stringify(metadata['format'])}`,
    );
  }
  let rest: Partial<TrainingState>;
  try {
    rest = JSON.parse(metadata['training'] ?? '') as Partial<TrainingState>;
  } catch (error) {
    throw new WeightsError(`${file}: its state of training is not JSON`, { cause: error });
  }
  const { step, history, partial } = rest;
  if (!Number.isSafeInteger(step) || !Array.isArray(history) || typeof partial !== 'object') {
    throw new WeightsError(`${file}: its state of training is not complete`);
  }
  const weights = new Map<string, NamedValues>();
  const optimizer = new Map<string, NamedValues>();
  for (const [name, values] of tensors) {
    if (name.startsWith(optimizerPrefix)) optimizer.set(name.slice(optimizerPrefix.length), values);
    else weights.set(name, values);
  }
  return { step: step!, history: history as TrainingState['history'], partial, weights, optimizer };
}
