import type { Ops } from '../../../src/tensor/ops.ts';
import type { Shape } from '../../../src/tensor/shape.ts';
import { EagerOps } from '../../../src/tensor/reference/eager.ts';
import { type FloatType, Tensor } from '../../../src/tensor/tensor.ts';
import { randomTensor } from '../random-tensor.ts';
import { around, type OperationCase, times } from './case.ts';

const epsilon = 1e-3;

/**
 * Arrays with and without image dimensions; channels around the sizes of groups: 32, 16, 8, 4 and 1. With as many
 * images as channels, what is divided by either must still not be taken for the other.
 */
const shapes: readonly Shape[] = [
  [2, 1],
  [13, 5],
  [64, 16],
  [1, 3, 4, 4],
  [5, 3, 2, 7],
  [3, 5, 4, 37],
  [6, 7, 5, 128],
  [12, 2, 3, 12],
];

/** What batch normalization works with; mean and variance are those of x. */
function operands(dtype: FloatType, shape: Shape): Readonly<Record<Operand, Tensor>> {
  const channels = shape.slice(-1);
  const x = around(0.5, dtype, shape, 'x');
  const moments = new EagerOps().batchMoments(x);
  return {
    x,
    ...moments,
    dy: around(0.1, dtype, shape, 'dy'),
    gamma: around(0, dtype, channels, 'gamma'),
    beta: around(0, dtype, channels, 'beta'),
    dGamma: Tensor.zeros<FloatType>(dtype, channels, 'dGamma'),
    dBeta: Tensor.zeros<FloatType>(dtype, channels, 'dBeta'),
  };
}
type Operand = 'x' | 'mean' | 'variance' | 'dy' | 'gamma' | 'beta' | 'dGamma' | 'dBeta';

function casesOf(shape: Shape): OperationCase[] {
  const what = times(shape);
  return [
    {
      name: `batchMoments ${what}`,
      build: (dtype) => {
        const x = randomTensor<FloatType>(dtype, shape, 'x');
        return {
          compute(ops) {
            const { mean, variance } = ops.batchMoments(x);
            return [mean, variance];
          },
        };
      },
    },
    {
      name: `updateAverage ${what}`,
      build: (dtype) => {
        const [average, x] = [
          around(1, dtype, shape.slice(-1), 'average'),
          around(1, dtype, shape.slice(-1), 'x'),
        ];
        return {
          changed: [average],
          compute(ops) {
            ops.updateAverage(average, x, 0.9);
            return [];
          },
        };
      },
    },
    {
      name: `batchNorm ${what}, given statistics`,
      build: (dtype) => {
        const { x, gamma, beta } = operands(dtype, shape);
        const mean = around(0, dtype, shape.slice(-1), 'mean');
        const variance = around(1.5, dtype, shape.slice(-1), 'variance');
        return {
          cancels: true,
          compute: (ops) => [ops.batchNorm({ x, mean, variance, gamma, beta }, epsilon)],
        };
      },
    },
    {
      name: `batchNorm ${what}, statistics of the batch`,
      build: (dtype) => {
        const { x, gamma, beta } = operands(dtype, shape);
        return {
          cancels: true,
          compute: (ops) => {
            const batch = ops.batchMoments(x);
            return [ops.batchNorm({ x, ...batch, gamma, beta }, epsilon)];
          },
          gradient: {
            by: [x, gamma, beta],
            backward: (ops, _, dy) => backward(ops, dtype, { x, gamma, dy }),
          },
        };
      },
    },
    {
      name: `batchNormBackwardParameters ${what}`,
      build: (dtype) => {
        const { x, mean, variance, dy, dGamma, dBeta } = operands(dtype, shape);
        return {
          cancels: true,
          changed: [dGamma, dBeta],
          compute(ops) {
            ops.batchNormBackwardParameters({ x, mean, variance, dy }, epsilon, { dGamma, dBeta });
            return [];
          },
        };
      },
    },
    {
      name: `batchNormBackwardInput ${what}`,
      build: (dtype) => {
        const { x, mean, variance, dy, gamma, dGamma, dBeta } = operands(dtype, shape);
        new EagerOps().batchNormBackwardParameters({ x, mean, variance, dy }, epsilon, { dGamma, dBeta });
        const inputs = { x, mean, variance, dy, gamma, dGamma, dBeta };
        return { cancels: true, compute: (ops) => [ops.batchNormBackwardInput(inputs, epsilon)] };
      },
    },
  ];
}

function backward(
  ops: Ops,
  dtype: FloatType,
  { x, gamma, dy }: { readonly x: Tensor; readonly gamma: Tensor; readonly dy: Tensor },
): Tensor[] {
  const batch = ops.batchMoments(x);
  const [dGamma, dBeta]: Tensor[] = ['dGamma', 'dBeta'].map((name) =>
    Tensor.zeros<FloatType>(dtype, gamma.shape, name),
  );
  const out = { dGamma: dGamma!, dBeta: dBeta! };
  ops.batchNormBackwardParameters({ x, dy, ...batch }, epsilon, out);
  return [ops.batchNormBackwardInput({ x, dy, ...batch, gamma, ...out }, epsilon), dGamma!, dBeta!];
}

export const normalizationCases: readonly OperationCase[] = shapes.flatMap(casesOf);

export const normalizationSpeedCases: readonly OperationCase[] = casesOf([64, 14, 14, 64]);
