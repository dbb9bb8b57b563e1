import { checkOptions, notNegative, yesOrNo } from '../check-options.ts';
import { lossOf } from '../layers/loss-types.ts';
import type { LossDescription, LossName, LossSpec } from '../layers/loss.ts';
import type { Sequential } from '../layers/sequential.ts';
import type { Examples } from '../data/examples.ts';
import { checkModel } from './check-model.ts';
import { defaultLoss } from './default-loss.ts';
import { type Evaluation, Evaluator } from './evaluator.ts';
import { checkSeesImages } from './mirrored-forward.ts';
import { engineRule, lossRule } from './option-rules.ts';
import { toExamples, type TrainingData } from './training-data.ts';
import { type EngineOption, withEngine } from './with-engine.ts';

/** Number of examples from which on threads save more time than the tenth of a second that it takes to start them. */
const threadsFrom = 2000;

export interface EvaluateOptions extends EngineOption {
  /** What the network is trained with; if left out, what it was trained with last, or softmax cross-entropy. */
  readonly loss?: LossName | LossSpec | LossDescription | undefined;
  /** λ of an L2 penalty that is part of the loss; 0 by default. */
  readonly l2?: number;
  /**
   * Test-time augmentation, for images: the mean of the outputs for each image and for its mirror image. No by default.
   */
  readonly tta?: boolean | undefined;
}

const evaluateRules = { engine: engineRule, loss: lossRule, l2: notNegative, tta: yesOrNo };

/**
 * Evaluates a network on examples with targets: the loss, the metric that fits it (accuracy; mean absolute error and R²),
 * and what is predicted for each example.
 *
 *     const { accuracy } = await evaluate(model, fashionMnist().test);
 *
 * @param data x [n, …the network's input shape], and y as the loss wants it; see `TrainingData`
 * @throws ShapeError, TypeError or RangeError if they do not fit the network; EngineError if the engine cannot run here
 */
export async function evaluate(
  model: Sequential,
  data: TrainingData,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  checkModel('evaluate', model);
  checkOptions('evaluate', options, evaluateRules);
  if (options.tta) checkSeesImages('evaluate', model);
  const loss = options.loss === undefined ? defaultLoss(model) : lossOf(options.loss, 'evaluate: loss');
  const { examples } = toExamples('evaluate', model, data, loss);
  return evaluateExamples(model, examples, { ...options, loss });
}

/** `evaluate` for what has been checked. */
export function evaluateExamples(
  model: Sequential,
  examples: Examples,
  { engine = 'auto', l2 = 0, tta = false, loss }: EvaluateOptions & { readonly loss: LossSpec },
): Promise<Evaluation> {
  const positions = Int32Array.from({ length: examples.x.shape[0]! }, (_, i) => i);
  return withEngine(
    engine,
    (engine) => new Evaluator(model, examples, engine, { loss, l2, tta }).evaluate(positions),
    positions.length < threadsFrom ? 1 : undefined,
  );
}
