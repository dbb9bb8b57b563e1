import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type NamedValues, WeightsError } from '../model/safetensors.ts';
import { readWeightsFile } from '../model/safetensors-file.ts';
import { readCheckpoint } from './checkpoint.ts';
import { bestEpoch } from '../train/history.ts';
import type { ResumeOptions } from '../train/training-options.ts';
import { isBetweenEpochs, type TrainingState } from '../train/training-state.ts';

/** The files of a run's folder that hold weights. */
export const weightsFiles = {
  /** The result. */
  model: 'model.safetensors',
  /** The last state of training, with which a run goes on. */
  last: 'last.safetensors',
  /** The weights of the epoch with the smallest validation loss. */
  best: 'best.safetensors',
} as const;

/** Weights, and which of a run these are. */
export interface KeptWeights {
  readonly weights: ReadonlyMap<string, NamedValues>;
  /** The epoch, from 1, after which they were what they are; if `step` is given, the epoch in the middle of which. */
  readonly epoch: number;
  readonly kept: 'best' | 'last';
  /** For weights from the middle of an epoch: the number of the step. */
  readonly step?: number;
}

/** For people: `epoch 7, the best by validation loss`. */
export function describeWeights({ epoch, kept, step }: Omit<KeptWeights, 'weights'>): string {
  if (step !== undefined) return `step ${step}, in epoch ${epoch}`;
  return `epoch ${epoch}, ${kept === 'best' ? 'the best by validation loss' : 'the last'}`;
}

/** The weights that a run in this state has come to: with early stopping those of the best epoch, if there is one. */
export function keptWeights({ state, best }: ResumeOptions, earlyStopping: boolean): KeptWeights {
  const epoch = bestEpoch(state.history);
  if (earlyStopping && epoch !== null && best) return { weights: best, epoch, kept: 'best' };
  const finished = state.history.length;
  if (isBetweenEpochs(state)) return { weights: state.weights, epoch: finished, kept: 'last' };
  return { weights: state.weights, epoch: finished + 1, kept: 'last', step: state.step };
}

/**
 * The state in which a run's folder was left, with the weights of the best epoch; null if it has no checkpoint. The
 * checkpoint is written before the best weights: killed between the two, the run has its best weights in the former.
 *
 * @throws WeightsError if a file is damaged
 */
export function readSavedState(path: string): ResumeOptions | null {
  const last = join(path, weightsFiles.last);
  if (!existsSync(last)) return null;
  const state = readCheckpoint(last);
  return { state, best: readBest(path, state) };
}

function readBest(path: string, state: TrainingState): ReadonlyMap<string, NamedValues> | null {
  const epoch = bestEpoch(state.history);
  if (epoch === null) return null;
  if (epoch === state.history.length && isBetweenEpochs(state)) return state.weights;
  const { weights, metadata } = readWeightsFile(join(path, weightsFiles.best));
  if (metadata['epoch'] !== String(epoch)) {
    throw new WeightsError(
      `${path}: ${weightsFiles.best} holds the weights of epoch ${metadata['epoch']}, but the best by ` +
        `${weightsFiles.last} is epoch ${epoch}`,
    );
  }
  return weights;
}
