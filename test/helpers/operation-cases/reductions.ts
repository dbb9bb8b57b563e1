import type { Shape } from '../../../src/tensor/shape.ts';
import type { FloatType, Tensor } from '../../../src/tensor/tensor.ts';
import { randomTensor } from '../random-tensor.ts';
import { awkwardShapes, type CaseGradient, floats, integers, type OperationCase, times } from './case.ts';

function sumCases(shape: Shape): OperationCase[] {
  const make = (dtype: FloatType): Tensor => randomTensor<FloatType>(dtype, shape, 'x');
  return [
    {
      name: `sumRows ${times(shape)}`,
      build: (dtype) => {
        const x = make(dtype);
        const zeros = floats(dtype, shape, [], 'zeros');
        return {
          compute: (ops) => [ops.sumRows(x)],
          // every row gets dy
          gradient: { by: [x], backward: (ops, _, dy) => [ops.addBias(zeros, dy)] },
        };
      },
    },
    {
      name: `mean ${times(shape)}`,
      build: (dtype) => {
        const x = make(dtype);
        return { compute: (ops) => [ops.mean(x)] };
      },
    },
    {
      name: `sumSquares ${times(shape)}`,
      build: (dtype) => {
        const x = make(dtype);
        return { compute: (ops) => [ops.sumSquares(x, 0.3)] };
      },
    },
  ];
}

function argmaxCase(rows: number, columns: number): OperationCase {
  return {
    name: `argmax ${rows}×${columns}, with ties`,
    build: (dtype) => {
      const x: Tensor = randomTensor<FloatType>(dtype, [rows, columns], 'x');
      x.values.fill(2, columns * 3, columns * 5);
      return { compute: (ops) => [ops.argmax(x)] };
    },
  };
}

function countCase(length: number): OperationCase {
  return {
    name: `countEqual ${length}`,
    build: () => {
      const a = integers('a', ...Array.from({ length }, (_, i) => i % 5));
      const b = integers('b', ...Array.from({ length }, (_, i) => i % 3));
      return { compute: (ops) => [ops.countEqual(a, b)], exact: true };
    },
  };
}

function crossEntropyCases(rows: number, classes: number, scale: number): OperationCase[] {
  const logitsOf = (dtype: FloatType): Tensor => {
    const logits: Tensor = randomTensor<FloatType>(dtype, [rows, classes], `logits ${scale}`);
    for (let i = 0; i < logits.size; i++) logits.values[i]! *= scale;
    return logits;
  };
  const labels = integers('labels', ...Array.from({ length: rows }, (_, row) => row % classes));
  const what = `of ${rows}×${classes} to ±${scale}`;
  return [
    {
      name: `softmax ${what}`,
      build: (dtype) => {
        const logits = logitsOf(dtype);
        return { compute: (ops) => [ops.softmax(logits)] };
      },
    },
    ...[0, 0.15].flatMap((smoothing): OperationCase[] => {
      const smoothed = `${what}, smoothing ${smoothing}`;
      return [
        {
          name: `softmaxCrossEntropy ${smoothed}`,
          build: (dtype) => {
            const logits = logitsOf(dtype);
            // finite differences of a loss of 10⁴ have too few digits left
            const gradient: CaseGradient = {
              by: [logits],
              of: (ops, [losses]) => ops.mean(losses as Tensor),
              dy: floats(dtype, [1], [1], 'dy'),
              backward: (ops, [, probabilities]) => [
                ops.softmaxCrossEntropyBackward(probabilities as Tensor, labels, smoothing),
              ],
            };
            return {
              compute(ops) {
                const { losses, probabilities } = ops.softmaxCrossEntropy(logits, labels, smoothing);
                return [losses, probabilities];
              },
              ...(scale <= 30 ? { gradient } : {}),
            };
          },
        },
        {
          name: `softmaxCrossEntropyBackward ${smoothed}`,
          build: (dtype) => {
            const probabilities: Tensor = randomTensor<FloatType>(dtype, [rows, classes], 'probabilities');
            for (let i = 0; i < probabilities.size; i++)
              probabilities.values[i] = Math.abs(probabilities.values[i]!);
            return {
              compute: (ops) => [ops.softmaxCrossEntropyBackward(probabilities, labels, smoothing)],
            };
          },
        },
      ];
    }),
  ];
}

export const reductionCases: readonly OperationCase[] = [
  // in one part and in several, on engines that divide sums
  ...[...awkwardShapes, [256, 3], [257, 2]].flatMap(sumCases),
  ...[1, 2, 5, 10].map((columns) => argmaxCase(9, columns)),
  ...[1, 7, 9, 100].map(countCase),
  ...[1, 2, 4, 5, 8, 13, 21].flatMap((classes) => crossEntropyCases(5, classes, 30)),
  ...[1, 1e4].flatMap((scale) => crossEntropyCases(5, 10, scale)),
];

export const reductionSpeedCases: readonly OperationCase[] = [
  ...sumCases([12_544, 64]),
  argmaxCase(1024, 10),
  countCase(1024),
  ...crossEntropyCases(1024, 10, 1),
];
