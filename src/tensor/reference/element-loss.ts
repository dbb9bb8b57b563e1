import { type ElementLoss, elementLosses, type ElementLossName } from '../element-loss.ts';
import { entryOf, type Operation } from '../operation.ts';

/** losses = f(prediction, target), element by element. */
export function elementLoss({ inputs, outputs, constants }: Operation<'elementLoss'>): void {
  const { forward } = lossOf(constants.loss);
  const predictions = inputs.predictions.values;
  const targets = inputs.targets.values;
  const losses = outputs.losses.values;
  for (let i = 0; i < losses.length; i++)
    losses[i] = forward(predictions[i]!, targets[i]!, constants.parameter);
}

/** dPredictions = f′(prediction, target) / size: the gradient of the mean over all elements. */
export function elementLossBackward({ inputs, outputs, constants }: Operation<'elementLossBackward'>): void {
  const { backward } = lossOf(constants.loss);
  const predictions = inputs.predictions.values;
  const targets = inputs.targets.values;
  const dPredictions = outputs.dPredictions.values;
  const size = dPredictions.length;
  for (let i = 0; i < size; i++)
    dPredictions[i] = backward(predictions[i]!, targets[i]!, constants.parameter) / size;
}

function lossOf(name: ElementLossName): ElementLoss {
  return entryOf(elementLosses, name, 'reference');
}
