import { encodeSafetensors } from '../model/safetensors.ts';
import { encodeCheckpoint } from './checkpoint.ts';
import { bestEpoch } from '../train/history.ts';
import type { ResumeOptions } from '../train/training-options.ts';
import { describeWeights, type KeptWeights, keptWeights, weightsFiles } from './saved-state.ts';
import type { TrainingState } from '../train/training-state.ts';
import type { RunFolder } from './run-folder.ts';

/** Writes the state of a run as it goes on, and the weights that it comes to. */
export class Checkpoints {
  readonly #folder: RunFolder;
  readonly #metadata: Readonly<Record<string, string>>;
  #saved: ResumeOptions | null;
  #bestEpoch: number | null;

  /** @param metadata what each file says about its origin @param resumed the state that the run goes on from */
  constructor(folder: RunFolder, metadata: Readonly<Record<string, string>>, resumed: ResumeOptions | null) {
    this.#folder = folder;
    this.#metadata = metadata;
    this.#saved = resumed;
    this.#bestEpoch = bestEpoch(resumed?.state.history ?? []);
  }

  /** The state first, then the weights of the best epoch, if that is the last: a kill between the two loses nothing. */
  async save(state: TrainingState): Promise<void> {
    await this.#folder.writeBytes(weightsFiles.last, encodeCheckpoint(state, this.#metadata));
    const epoch = bestEpoch(state.history);
    const isBetter = epoch !== null && epoch !== this.#bestEpoch;
    this.#saved = { state, best: isBetter ? state.weights : (this.#saved?.best ?? null) };
    if (!isBetter) return;
    this.#bestEpoch = epoch;
    await this.#saveWeights(weightsFiles.best, { weights: state.weights, epoch, kept: 'best' });
  }

  /** Writes the result: with early stopping the best weights, else the last. @returns which; null if there are none */
  async writeResult(earlyStopping: boolean, finished: boolean): Promise<KeptWeights | null> {
    if (this.#saved === null) return null;
    const kept = keptWeights(this.#saved, earlyStopping);
    await this.#saveWeights(weightsFiles.model, kept, { finished: String(finished) });
    return kept;
  }

  async #saveWeights(
    file: string,
    kept: KeptWeights,
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const about = {
      ...this.#metadata,
      epoch: String(kept.epoch),
      weights: describeWeights(kept),
      ...metadata,
    };
    await this.#folder.writeBytes(file, encodeSafetensors(kept.weights, about));
  }
}
