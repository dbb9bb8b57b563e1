import type { Examples } from '../data/dataset.ts';
import type { Sequential } from '../layers/sequential.ts';
import { type Evaluation, Evaluator } from './evaluator.ts';
import { type EngineOption, withEngine } from './with-engine.ts';

export interface EvaluateOptions extends EngineOption {
  /** λ of an L2 penalty that is part of the loss; 0 by default. */
  readonly l2?: number;
}

/**
 * What a network makes of labelled images: loss, accuracy, and for each image the prediction and its probabilities.
 *
 *     const { accuracy } = await evaluate(model, fashionMnist().test);
 *
 * @param examples images [n, …the network's input shape] and labels [n]
 */
export function evaluate(
  model: Sequential,
  examples: Examples,
  { engine = 'auto', l2 = 0 }: EvaluateOptions = {},
): Promise<Evaluation> {
  const positions = Int32Array.from({ length: examples.labels.size }, (_, i) => i);
  return withEngine(engine, (engine) => new Evaluator(model, examples, engine, l2).evaluate(positions));
}
