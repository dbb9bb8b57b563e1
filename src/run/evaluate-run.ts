import type { Engine } from '../engine/engine.ts';
import { writeWeights } from '../model/weights.ts';
import { type Evaluation, type EvaluationOptions, Evaluator, type Predictions } from '../train/evaluator.ts';
import type { Part } from './dataset.ts';
import { RunError } from './errors.ts';
import type { SavedRun } from './saved-run.ts';

/**
 * Evaluates the network of a run, with the weights that the run kept, on examples of the shape that it takes.
 *
 * @throws RunError if a prediction is not a number
 */
export async function evaluateRun(
  { model, weights, path, configuration }: SavedRun,
  { examples, positions }: Part,
  engine: Engine,
  { tta, ...options }: EvaluationOptions & { readonly tta?: boolean } = {},
): Promise<Evaluation> {
  writeWeights(model, engine, weights, path);
  const evaluation = await new Evaluator(model, examples, engine, { l2: configuration.l2, tta }).evaluate(
    positions,
    options,
  );
  checkPredictions(evaluation, path);
  return evaluation;
}

/** Weights may be finite and yet too large: products of them overflow. @param path of the run */
export function checkPredictions({ probabilities, predicted }: Predictions, path: string): void {
  const what = probabilities.length > 0 ? 'probabilities' : 'predictions';
  if (probabilities.some(Number.isNaN) || predicted.some((value) => !Number.isFinite(value))) {
    throw new RunError(
      `${path}: the network of this run gives ${what} that are not numbers: its weights are too large`,
    );
  }
}
