import type { Examples } from '../data/examples.ts';
import type { Sequential } from '../layers/sequential.ts';
import { checkExamples } from './check-examples.ts';
import { type Evaluation, Evaluator } from './evaluator.ts';
import { type EngineOption, withEngine } from './with-engine.ts';

/** Number of examples from which on threads save more time than the tenth of a second that it takes to start them. */
const threadsFrom = 2000;

export interface EvaluateOptions extends EngineOption {
  /** λ of an L2 penalty that is part of the loss; 0 by default. */
  readonly l2?: number;
}

/**
 * Evaluates a network on labelled images: loss, accuracy, and for each image the prediction and its probabilities.
 *
 *     const { accuracy } = await evaluate(model, fashionMnist().test);
 *
 * @param examples images [n, …the network's input shape] and labels [n]
 * @throws ShapeError if they do not fit the network; EngineError if the engine cannot run here
 */
export async function evaluate(
  model: Sequential,
  examples: Examples,
  { engine = 'auto', l2 = 0 }: EvaluateOptions = {},
): Promise<Evaluation> {
  checkExamples('evaluate', model, examples);
  const positions = Int32Array.from({ length: examples.labels.size }, (_, i) => i);
  return withEngine(
    engine,
    (engine) => new Evaluator(model, examples, engine, l2).evaluate(positions),
    positions.length < threadsFrom ? 1 : undefined,
  );
}
