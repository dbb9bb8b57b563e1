import type { MetricName } from '../layers/loss.ts';

/** What is measured beside the loss, as it fits the loss; the other is NaN. */
export interface Metrics {
  /** Share of the examples that are predicted correctly; NaN for a network that predicts numbers. */
  readonly accuracy: number;
  /** The mean of |prediction − target|, in the units of the targets; NaN for a classifier. */
  readonly meanAbsoluteError: number;
}

/** Both metrics, given the one that fits the loss. */
export function metricsWith(name: MetricName, value: number): Metrics {
  return { accuracy: NaN, meanAbsoluteError: NaN, [name]: value };
}

/** Which of the metrics there is. */
export function metricIn({ accuracy }: Metrics): MetricName {
  return Number.isNaN(accuracy) ? 'meanAbsoluteError' : 'accuracy';
}

export interface EpochResult extends Metrics {
  /** From 1. */
  readonly epoch: number;
  /** Mean over the epoch, each batch measured just before its own update, with dropout, smoothing and penalty. */
  readonly loss: number;
  /** Measured after the epoch; null without validation examples. */
  readonly validation: (Metrics & { readonly loss: number }) | null;
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
