/**
 * `last.safetensors`: the state of training, with which a run can go on. It is one file, so that it is never half old and
 * half new. Weights have the same names as in other weights files. The names of the optimizer's tensors begin with
 * `optimizer/`; those of the average that a run with `--ema` results in, with `result/`. What is not a tensor is JSON in the
 * metadata.
 */
import { basename } from 'node:path';
import {
  checkFiniteValues,
  encodeSafetensors,
  type NamedValues,
  WeightsError,
} from '../model/safetensors.ts';
import { readWeightsFile } from '../model/safetensors-file.ts';
import { showValue } from '../show-value.ts';
import type { TrainingState } from '../train/training-state.ts';
import { type Expected, firstMismatch, isAtLeast0, isCount, isNumber, nullAsNaN } from './expected.ts';
import type { RunFolder } from './folder.ts';
import { epochMismatch } from './history.ts';

export const checkpointFile = 'last.safetensors';

const format = 'weft training state 2';
const optimizerPrefix = 'optimizer/';
const resultPrefix = 'result/';

/** @param metadata what the file says about its origin */
export async function writeCheckpoint(
  folder: RunFolder,
  state: TrainingState,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await folder.write(checkpointFile, encodeCheckpoint(state, metadata));
}

export function encodeCheckpoint(
  { weights, optimizer, result, ...rest }: TrainingState,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const tensors = new Map(weights);
  for (const [name, values] of optimizer) tensors.set(optimizerPrefix + name, values);
  for (const [name, values] of result ?? []) tensors.set(resultPrefix + name, values);
  return encodeSafetensors(tensors, { ...metadata, format, training: JSON.stringify(rest) });
}

/** @param path of the file @throws WeightsError for any file that is not a checkpoint */
export function readCheckpoint(path: string): TrainingState {
  const { weights: tensors, metadata } = readWeightsFile(path);
  const file = basename(path);
  if (metadata['format'] !== format) {
    const found = metadata['format'] === undefined ? 'weights alone' : showValue(metadata['format']);
    throw new WeightsError(`${file}: expected a checkpoint ("${format}"), found ${found}`);
  }
  let rest: unknown;
  try {
    rest = JSON.parse(metadata['training'] ?? '', nullAsNaN(mayBeNaN));
  } catch (error) {
    throw new WeightsError(`${file}: its state of training is not JSON`, { cause: error });
  }
  const mismatch = firstMismatch(rest, expectedState) ?? historyMismatch((rest as TrainingState).history);
  if (mismatch !== null) throw new WeightsError(`${file}: its state of training: ${mismatch}`);
  const { step, history, partial } = rest as Omit<TrainingState, 'weights' | 'optimizer'>;
  const weights = new Map<string, NamedValues>();
  const optimizer = new Map<string, NamedValues>();
  const result = new Map<string, NamedValues>();
  for (const [name, values] of tensors) {
    if (name.startsWith(optimizerPrefix)) optimizer.set(name.slice(optimizerPrefix.length), values);
    else if (name.startsWith(resultPrefix)) result.set(name.slice(resultPrefix.length), values);
    else weights.set(name, values);
  }
  checkFiniteValues(weights, file);
  checkFiniteValues(result, file);
  return { step, history, partial, weights, optimizer, ...(result.size > 0 && { result }) };
}

/** Values that may be NaN: a loss has one of these metrics, not both. */
const mayBeNaN: readonly string[] = ['accuracy', 'meanAbsoluteError'];

const expectedState: Expected = {
  step: isCount,
  history: Array.isArray,
  partial: { lossTotal: isNumber, metricTotal: isNumber, seconds: isAtLeast0 },
};

function historyMismatch(history: readonly unknown[]): string | null {
  for (const [index, result] of history.entries()) {
    const mismatch = epochMismatch(result, index);
    if (mismatch !== null) return `history[${index}]: ${mismatch}`;
  }
  return null;
}
