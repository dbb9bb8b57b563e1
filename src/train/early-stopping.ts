import type { Sequential } from '../layers/sequential.ts';
import type { NamedValues } from '../model/safetensors.ts';
import { readWeights, writeWeights } from '../model/weights.ts';
import type { Engine } from '../engine/engine.ts';
import type { EpochResult } from './train-epochs.ts';

/** The number of the epoch, from 1, with the smallest validation loss, the first of equals; null without one. */
export function bestEpoch(history: readonly EpochResult[]): number | null {
  let best: { readonly epoch: number; readonly loss: number } | null = null;
  for (const { epoch, validation } of history) {
    if (validation && (best === null || validation.loss < best.loss)) best = { epoch, loss: validation.loss };
  }
  return best?.epoch ?? null;
}

/**
 * Ends a run when the validation loss has not become smaller for a number of epochs in a row, and gives the network the
 * weights of the best epoch back, however the run ends.
 */
export class EarlyStopping {
  readonly #patience: number;
  readonly #model: Sequential;
  readonly #engine: Engine;
  #best: ReadonlyMap<string, NamedValues> | null;

  /** @param patience epochs without a better one, at least 1 @param best weights of the best epoch so far, if there is one */
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

  /** After each epoch: keeps a copy of the weights if none before had a smaller loss. */
  async observe(history: readonly EpochResult[]): Promise<void> {
    if (bestEpoch(history) === history.length) this.#best = await readWeights(this.#model, this.#engine);
  }

  shouldStop(history: readonly EpochResult[]): boolean {
    return history.length - (bestEpoch(history) ?? 0) >= this.#patience;
  }

  /** Gives the network the best weights. Before the first epoch was finished there are none, and nothing changes. */
  restore(): void {
    if (this.#best) writeWeights(this.#model, this.#engine, this.#best, 'best epoch');
  }
}
