import { type ElementLossName, elementLossNames } from '../../../src/tensor/element-loss.ts';
import type { Shape } from '../../../src/tensor/shape.ts';
import type { FloatType, Tensor } from '../../../src/tensor/tensor.ts';
import { randomTensor } from '../random-tensor.ts';
import { floats, type OperationCase, times } from './case.ts';

/** Numbers of elements that are 0, 1, 3 and 6 above a multiple of the vector width 8. */
const shapes: readonly Shape[] = [
  [1, 1],
  [5, 8],
  [7, 5],
  [6, 33],
];
/** Predictions of any size, and targets beside and far from them. */
const far = {
  predictions: [0, -0, 1e-3, -1e-3, 9, -9, 80, -80, 1e4, -1e4, 1e15, -1e15],
  targets: [0, 1, 1, 0, 1, 1, 0, 1, 1e4, 0, 1, 0],
};

function lossCases(loss: ElementLossName, shape: Shape): OperationCase[] {
  const pair = (dtype: FloatType): [Tensor, Tensor] => {
    const predictions: Tensor = randomTensor<FloatType>(dtype, shape, 'predictions');
    const targets: Tensor = randomTensor<FloatType>(dtype, shape, 'targets');
    for (let i = 0; i < predictions.size; i++) {
      predictions.values[i]! *= 3;
      // targets in [0, 1], as cross-entropy wants them
      targets.values[i] = Math.abs(targets.values[i]! % 1);
    }
    return [predictions, targets];
  };
  return casesOf(loss, times(shape), pair, true);
}

function farCases(loss: ElementLossName): OperationCase[] {
  const pair = (dtype: FloatType): [Tensor, Tensor] => [
    floats(dtype, [12], far.predictions, 'predictions'),
    floats(dtype, [12], far.targets, 'targets'),
  ];
  return casesOf(loss, 'far from 0', pair, false);
}

function casesOf(
  loss: ElementLossName,
  what: string,
  pair: (dtype: FloatType) => [Tensor, Tensor],
  hasGradient: boolean,
): OperationCase[] {
  const parameter = loss === 'huber' ? 0.7 : 0;
  return [
    {
      name: `${loss}Loss ${what}`,
      build(dtype) {
        const [predictions, targets] = pair(dtype);
        return {
          compute: (ops) => [ops.elementLoss(predictions, targets, loss, parameter)],
          ...(hasGradient && {
            gradient: {
              by: [predictions],
              of: (ops, [losses]) => ops.mean(losses as Tensor),
              dy: floats(dtype, [1], [1], 'dy'),
              backward: (ops) => [ops.elementLossBackward(predictions, targets, loss, parameter)],
            },
          }),
        };
      },
    },
    {
      name: `${loss}LossBackward ${what}`,
      build(dtype) {
        const [predictions, targets] = pair(dtype);
        return { compute: (ops) => [ops.elementLossBackward(predictions, targets, loss, parameter)] };
      },
    },
  ];
}

export const elementLossCases: readonly OperationCase[] = elementLossNames.flatMap((loss) => [
  ...shapes.flatMap((shape) => lossCases(loss, shape)),
  ...farCases(loss),
]);

export const elementLossSpeedCases: readonly OperationCase[] = elementLossNames.flatMap((loss) =>
  lossCases(loss, [1024, 10]),
);
