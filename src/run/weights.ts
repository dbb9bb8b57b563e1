/** `model.safetensors`, the weights that a run results in, and `best.safetensors`, those of its best epoch so far. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkFiniteValues,
  encodeSafetensors,
  type NamedValues,
  WeightsError,
} from '../model/safetensors.ts';
import { readWeightsFile } from '../model/safetensors-file.ts';
import type { RunFolder } from './folder.ts';

export const resultFile = 'model.safetensors';
export const bestFile = 'best.safetensors';

/** Weights of a run, and the moment of training that they are from. */
export interface KeptWeights {
  readonly weights: ReadonlyMap<string, NamedValues>;
  /** From 1. The weights are those at the end of this epoch, or, with `step`, from the middle of it. */
  readonly epoch: number;
  /** `best` by validation loss, or the `last` of the run. */
  readonly kept: 'best' | 'last';
  /** The last step before the run stopped in the middle of an epoch; counted over all epochs. */
  readonly step?: number;
}

/** For people: `epoch 7, the best by validation loss`. */
export function describeWeights({ epoch, kept, step }: Omit<KeptWeights, 'weights'>): string {
  if (step !== undefined) return `step ${step}, in epoch ${epoch}`;
  return `epoch ${epoch}, ${kept === 'best' ? 'the best by validation loss' : 'the last'}`;
}

type Metadata = Readonly<Record<string, string>>;

/** Writes `best.safetensors`. @param metadata what the file says about its origin */
export async function writeBest(folder: RunFolder, best: KeptWeights, metadata: Metadata): Promise<void> {
  await folder.write(bestFile, encode(best, metadata));
}

/** @param finished whether the run has come to its end @param metadata what the file says about its origin */
export async function writeResult(
  folder: RunFolder,
  kept: KeptWeights,
  { finished, metadata }: { readonly finished: boolean; readonly metadata: Metadata },
): Promise<void> {
  await folder.write(resultFile, encode(kept, { ...metadata, finished: String(finished) }));
}

function encode(kept: KeptWeights, metadata: Metadata): Uint8Array {
  const origin = { ...metadata, epoch: String(kept.epoch), weights: describeWeights(kept) };
  return encodeSafetensors(kept.weights, origin);
}

/**
 * Reads `best.safetensors`.
 *
 * @param epoch the epoch that it must be from
 * @throws WeightsError if it is from another one, or damaged
 */
export function readBest(path: string, epoch: number): ReadonlyMap<string, NamedValues> {
  const { weights, metadata } = readWeightsFile(join(path, bestFile));
  if (metadata['epoch'] !== String(epoch)) {
    throw new WeightsError(
      `${path}: ${bestFile} holds the weights of epoch ${metadata['epoch'] ?? '(missing)'}, but the best of the run is epoch ${epoch}`,
    );
  }
  checkFiniteValues(weights, bestFile);
  return weights;
}

/** The epoch of the weights in `best.safetensors`; null if there is no such file. @throws WeightsError if it is damaged */
export function writtenBestEpoch(path: string): number | null {
  const file = join(path, bestFile);
  if (!existsSync(file)) return null;
  return Number(readWeightsFile(file).metadata['epoch']);
}

/** The weights that a run results in, as its folder holds them. */
export interface RunResult {
  /** The path of the file that they were read from. */
  readonly file: string;
  readonly weights: ReadonlyMap<string, NamedValues>;
  /** For people, which weights these are: `epoch 7, the best by validation loss`. */
  readonly weightsOf: string;
  /** Whether the run came to its end. If not, these are the weights when it stopped. */
  readonly finished: boolean;
}

/** Reads `model.safetensors`. @returns null if there is no such file @throws WeightsError if it is damaged */
export function readResult(path: string): RunResult | null {
  const file = join(path, resultFile);
  if (!existsSync(file)) return null;
  const { weights, metadata } = readWeightsFile(file);
  checkFiniteValues(weights, resultFile);
  const finished = metadata['finished'] !== 'false';
  return { file, weights, weightsOf: metadata['weights'] ?? resultFile, finished };
}
