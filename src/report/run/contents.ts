import type { LabelledImages } from '../../data/examples.ts';
import type { SavedRun } from '../../run/saved-run.ts';
import type { EpochResult } from '../../train/history.ts';
import type { FullEvaluation, Prediction } from '../../train/full-evaluation.ts';

/** What the report of a run is made from. */
export interface RunReport {
  readonly run: SavedRun;
  readonly history: readonly EpochResult[];
  /** The evaluation on the test images; null if there are neither images nor a `metrics.json`. */
  readonly test: FullEvaluation | null;
  /** The test images with a prediction for each; or a sentence that says why they are missing. */
  readonly images:
    { readonly examples: LabelledImages; readonly predictions: readonly Prediction[] } | string;
}

/** `mlp on Fashion-MNIST` */
export function reportTitle({ configuration }: SavedRun): string {
  return `${configuration.model} on ${configuration.dataset.name}`;
}
