/**
 * What a run saves as it goes on, and how this is read back: the state of training, and the weights of the best epoch.
 * The state is written first. If the run is killed between the two, the weights of the best epoch are in the state.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NamedValues } from '../model/safetensors.ts';
import { bestEpoch } from '../train/history.ts';
import type { ResumeOptions } from '../train/training-options.ts';
import { isBetweenEpochs, type TrainingState } from '../train/training-state.ts';
import { checkpointFile, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { RunFolder } from './folder.ts';
import { type KeptWeights, readBest, writeBest, writeResult, writtenBestEpoch } from './weights.ts';

/** Saves the state of a run after each epoch, and at its end the weights that it results in. */
export class StateSaver {
  readonly #folder: RunFolder;
  readonly #metadata: Readonly<Record<string, string>>;
  #saved: ResumeOptions | null;
  /** The epoch of the weights in `best.safetensors`. */
  #writtenEpoch: number | null;

  /** @param metadata what each file says about its origin @param resumed the state with which the run goes on */
  constructor(folder: RunFolder, metadata: Readonly<Record<string, string>>, resumed: ResumeOptions | null) {
    this.#folder = folder;
    this.#metadata = metadata;
    this.#saved = resumed;
    this.#writtenEpoch = writtenBestEpoch(folder.path);
  }

  async save(state: TrainingState): Promise<void> {
    // after a kill between the two files, only the state that is replaced now has the best weights
    await this.#writeBest();
    await writeCheckpoint(this.#folder, state, this.#metadata);
    const isBest = isBetweenEpochs(state) && bestEpoch(state.history) === state.history.length;
    this.#saved = { state, best: isBest ? resultOf(state) : (this.#saved?.best ?? null) };
    await this.#writeBest();
  }

  async #writeBest(): Promise<void> {
    const { best, state } = this.#saved ?? {};
    const epoch = state ? bestEpoch(state.history) : null;
    if (!best || epoch === null || epoch === this.#writtenEpoch) return;
    await writeBest(this.#folder, { weights: best, epoch, kept: 'best' }, this.#metadata);
    this.#writtenEpoch = epoch;
  }

  /**
   * Writes `model.safetensors`: with early stopping the weights of the best epoch, else the last ones.
   *
   * @returns the weights that were written; null if none were saved yet
   */
  async writeResult(options: {
    readonly earlyStopping: boolean;
    /** Whether the run has come to its end. */
    readonly finished: boolean;
  }): Promise<KeptWeights | null> {
    if (this.#saved === null) return null;
    const kept = keptWeights(this.#saved, options.earlyStopping);
    await writeResult(this.#folder, kept, { finished: options.finished, metadata: this.#metadata });
    return kept;
  }
}

/** The weights at this moment, or their average where the run keeps one. */
function resultOf({ weights, result }: TrainingState): ReadonlyMap<string, NamedValues> {
  return result ?? weights;
}

/** The weights that a run in this state results in: with early stopping those of the best epoch, if there is one. */
export function keptWeights({ state, best }: ResumeOptions, earlyStopping: boolean): KeptWeights {
  const epoch = bestEpoch(state.history);
  if (earlyStopping && epoch !== null && best) return { weights: best, epoch, kept: 'best' };
  const finished = state.history.length;
  const weights = resultOf(state);
  if (isBetweenEpochs(state)) return { weights, epoch: finished, kept: 'last' };
  return { weights, epoch: finished + 1, kept: 'last', step: state.step };
}

/**
 * Reads the state in which a run left its folder, and the weights of its best epoch.
 *
 * @returns null if the run has saved no state yet
 * @throws WeightsError if a file is damaged
 */
export function readSavedState(path: string): ResumeOptions | null {
  const file = join(path, checkpointFile);
  if (!existsSync(file)) return null;
  const state = readCheckpoint(file);
  return { state, best: bestWeights(path, state) };
}

function bestWeights(path: string, state: TrainingState): ReadonlyMap<string, NamedValues> | null {
  const epoch = bestEpoch(state.history);
  if (epoch === null) return null;
  if (epoch === state.history.length && isBetweenEpochs(state)) return resultOf(state);
  return readBest(path, epoch);
}
