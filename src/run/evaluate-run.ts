import { splitValidation } from '../data/batches.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Examples } from '../data/examples.ts';
import { writeWeights } from '../model/weights.ts';
import type { Engine } from '../engine/engine.ts';
import { type Evaluation, type EvaluationOptions, Evaluator } from '../train/evaluator.ts';
import type { SavedRun } from './saved-run.ts';

/** The test images; what a run kept of its training images for validation; what it trained on. */
export const partNames = ['test', 'validation', 'train'] as const;
export type PartName = (typeof partNames)[number];

/** Some examples of a data set. */
export interface Part {
  readonly examples: Examples;
  readonly positions: Int32Array;
}

export function partOf(dataset: Dataset, part: PartName, { configuration }: SavedRun): Part {
  if (part === 'test') {
    return { examples: dataset.test, positions: Int32Array.from(dataset.test.labels.values, (_, i) => i) };
  }
  const split = splitValidation(dataset.train.labels.size, configuration.validationSplit);
  return { examples: dataset.train, positions: split[part] };
}

/** Evaluates the network of a run, with the weights that it left, on examples of the shape that it takes. */
export function evaluateRun(
  { model, weights, path, configuration }: SavedRun,
  { examples, positions }: Part,
  engine: Engine,
  options: EvaluationOptions = {},
): Promise<Evaluation> {
  writeWeights(model, engine, weights, path);
  return new Evaluator(model, examples, engine, configuration.l2).evaluate(positions, options);
}
