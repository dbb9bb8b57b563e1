export interface EpochResult {
  /** From 1. */
  readonly epoch: number;
  /** Mean over the epoch, each batch measured just before its own update, with dropout, smoothing and penalty. */
  readonly loss: number;
  readonly accuracy: number;
  /** Measured after the epoch; null without validation examples. */
  readonly validation: { readonly loss: number; readonly accuracy: number } | null;
  /** The rate of the epoch's last step. */
  readonly learningRate: number;
  /** Time of training alone, without validation. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

/** The number, from 1, of the epoch with the smallest validation loss, the first among equals; null without validation. */
export function bestEpoch(history: readonly EpochResult[]): number | null {
  let best: { readonly epoch: number; readonly loss: number } | null = null;
  for (const { epoch, validation } of history) {
    if (validation && (best === null || validation.loss < best.loss)) best = { epoch, loss: validation.loss };
  }
  return best?.epoch ?? null;
}
