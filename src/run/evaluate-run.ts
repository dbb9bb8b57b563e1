import type { Engine } from '../engine/engine.ts';
import { writeWeights } from '../model/weights.ts';
import { type Evaluation, type EvaluationOptions, Evaluator } from '../train/evaluator.ts';
import type { Part } from './dataset.ts';
import type { SavedRun } from './saved-run.ts';

/** Evaluates the network of a run, with the weights that the run kept, on examples of the shape that it takes. */
export function evaluateRun(
  { model, weights, path, configuration }: SavedRun,
  { examples, positions }: Part,
  engine: Engine,
  options: EvaluationOptions = {},
): Promise<Evaluation> {
  writeWeights(model, engine, weights, path);
  return new Evaluator(model, examples, engine, configuration.l2).evaluate(positions, options);
}
