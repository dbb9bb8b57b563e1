import type { LabelledImages } from '../../data/examples.ts';
import type { SavedRun } from '../../run/saved-run.ts';
import type { EpochResult } from '../../train/history.ts';
import type { Prediction } from '../../train/full-evaluation.ts';
import type { Measures } from '../../train/measures.ts';
import type { NumberPrediction } from '../../train/number-evaluation.ts';

/** What the report of a run is made from. */
export interface RunReport {
  readonly run: SavedRun;
  readonly history: readonly EpochResult[];
  /** The evaluation on the test examples; null if there are neither examples nor a `metrics.json`. */
  readonly test: Measures | null;
  /** The test examples with a prediction for each; or a sentence that says why they are missing. */
  readonly predictions: TestPredictions | string;
}

export type TestPredictions =
  | { readonly of: 'images'; readonly images: LabelledImages; readonly predictions: readonly Prediction[] }
  | { readonly of: 'rows'; readonly predictions: readonly Prediction[] }
  | { readonly of: 'numbers'; readonly predictions: readonly NumberPrediction[] };

/** `mlp on Fashion-MNIST` */
export function reportTitle({ configuration }: SavedRun): string {
  return `${configuration.model} on ${configuration.dataset.name}`;
}
