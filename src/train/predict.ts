import { checkOptions, yesOrNo } from '../check-options.ts';
import type { Numbers } from '../data/numbers/numbers.ts';
import type { Sequential } from '../layers/sequential.ts';
import { Tensor } from '../tensor/tensor.ts';
import { checkModel } from './check-model.ts';
import { defaultLoss } from './default-loss.ts';
import { evaluateExamples, type EvaluateOptions } from './evaluate.ts';
import type { Predictions } from './evaluator.ts';
import { checkSeesImages } from './mirrored-forward.ts';
import { engineRule } from './option-rules.ts';
import { toInputs } from './training-data.ts';

export type PredictOptions = Pick<EvaluateOptions, 'engine' | 'tta'>;

/**
 * Predicts classes, or numbers, by the loss that the network was trained with last.
 *
 *     const { predicted, probabilities } = await predict(model, [[5.1, 3.5, 1.4, 0.2]]);
 *
 * @param x inputs [n, …the network's input shape], as `fit` takes them
 * @returns predicted [n] class indices and probabilities [n, classes], row by row; or the numbers
 * @throws ShapeError, TypeError or RangeError if they do not fit the network; EngineError if the engine cannot run here
 */
export async function predict(
  model: Sequential,
  x: Numbers,
  options: PredictOptions = {},
): Promise<Predictions> {
  checkModel('predict', model);
  checkOptions('predict', options, { engine: engineRule, tta: yesOrNo });
  if (options.tta) checkSeesImages('predict', model);
  const loss = defaultLoss(model);
  const inputs = toInputs('predict', model, x);
  const [count] = inputs.shape as [number];
  // an evaluation needs targets for its loss, which is not used here
  const y =
    loss.targets === 'classes'
      ? Tensor.zeros('uint8', [count], 'no labels')
      : Tensor.zeros('float32', [count, ...model.outputShape], 'no targets');
  const { predicted, probabilities } = await evaluateExamples(model, { x: inputs, y }, { ...options, loss });
  return { predicted, probabilities };
}
