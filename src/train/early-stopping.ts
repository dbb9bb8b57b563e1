import type { Sequential } from '../layers/sequential.ts';
import type { NamedValues } from '../model/safetensors.ts';
import { readWeights, writeWeights } from '../model/weights.ts';
import type { Engine } from '../engine/engine.ts';
import { bestEpoch, type EpochResult } from './history.ts';

/**
 * Ends a run when the validation loss has not become smaller for a number of epochs in a row. However the run ends, it
 * gives the network the weights of the best epoch back.
 */
export class EarlyStopping {
  readonly #patience: number;
  readonly #model: Sequential;
  readonly #engine: Engine;
  #best: ReadonlyMap<string, NamedValues> | null;

  /**
   * @param patience epochs in a row without a smaller loss, at least 1
   * @param best weights of the best epoch so far, if there is one
   * @throws RangeError for another patience
   */
  constructor(
    patience: number,
    model: Sequential,
    engine: Engine,
    best: ReadonlyMap<string, NamedValues> | null,
  ) {
    if (!Number.isSafeInteger(patience) || patience < 1) {
      throw new RangeError(`early stopping: expected a number of epochs, at least 1, got ${patience}`);
    }
    this.#patience = patience;
    this.#model = model;
    this.#engine = engine;
    this.#best = best;
  }

  /** To be called after each epoch: keeps a copy of the weights if no epoch before had a loss as small. */
  async observe(history: readonly EpochResult[]): Promise<void> {
    if (bestEpoch(history) === history.length) this.#best = await readWeights(this.#model, this.#engine);
  }

  shouldStop(history: readonly EpochResult[]): boolean {
    return history.length - (bestEpoch(history) ?? 0) >= this.#patience;
  }

  /** Gives the network the best weights. Nothing changes before the first epoch is finished. */
  restore(): void {
    if (this.#best) writeWeights(this.#model, this.#engine, this.#best, 'best epoch');
  }
}
