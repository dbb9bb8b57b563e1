import type { Shape } from '../../../src/tensor/shape.ts';
import { EagerOps } from '../../../src/tensor/reference/eager.ts';
import { type FloatType, Tensor } from '../../../src/tensor/tensor.ts';
import { randomTensor } from '../random-tensor.ts';
import { type OperationCase, times } from './case.ts';

/** C [m, n] = A · B with k terms in each sum, in all four forms. */
function matmulCases(m: number, k: number, n: number): OperationCase[] {
  return [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB): OperationCase => {
      const transposed = [...(transposeA ? ['A'] : []), ...(transposeB ? ['B'] : [])].join(' and ');
      return {
        name: `matmul ${m}×${k}×${n}${transposed && `, ${transposed} transposed`}`,
        build: (dtype) => {
          const a = randomTensor<FloatType>(dtype, transposeA ? [k, m] : [m, k], 'a');
          const b = randomTensor<FloatType>(dtype, transposeB ? [n, k] : [k, n], 'b');
          return {
            cancels: true,
            compute: (ops) => [ops.matmul(a, b, { transposeA, transposeB })],
            // C = A·B: dA = dC·Bᵀ and dB = Aᵀ·dC, each transposed where the operand is
            gradient: {
              by: [a, b],
              backward: (ops, _, dc) => [
                transposeA
                  ? ops.matmul(b, dc, { transposeA: transposeB, transposeB: true })
                  : ops.matmul(dc, b, { transposeB: !transposeB }),
                transposeB
                  ? ops.matmul(dc, a, { transposeA: true, transposeB: transposeA })
                  : ops.matmul(a, dc, { transposeA: !transposeA }),
              ],
            },
          };
        },
      };
    }),
  );
}

export interface Convolution {
  /** [n, h, w, c] */
  readonly image: Shape;
  /** [kh, kw] */
  readonly window: readonly [number, number];
  readonly filters: number;
  readonly stride: readonly [number, number];
  readonly padding: 'same' | 'valid';
}

/** The three passes of one convolution. */
function convolutionCases({ image, window, filters, stride, padding }: Convolution): OperationCase[] {
  const what = `${times(image)} by ${times(window)} to ${filters}, stride ${times(stride)}, ${padding}`;
  const options = { stride, padding };
  const make = (dtype: FloatType): { x: Tensor; filter: Tensor; dy: Tensor } => {
    const x = randomTensor<FloatType>(dtype, image, 'x');
    const filter = randomTensor<FloatType>(dtype, [...window, image.at(-1)!, filters], 'filter');
    const dy = randomTensor<FloatType>(dtype, new EagerOps().conv2d(x, filter, options).shape, 'dy');
    return { x, filter, dy };
  };
  return [
    {
      name: `conv2d ${what}`,
      build: (dtype) => {
        const { x, filter } = make(dtype);
        return {
          cancels: true,
          compute: (ops) => [ops.conv2d(x, filter, options)],
          gradient: {
            by: [x, filter],
            backward: (ops, _, dy) => {
              const dFilter: Tensor = Tensor.zeros<FloatType>(dtype, filter.shape, 'dFilter');
              ops.conv2dBackwardFilter(x, dy, { ...options, out: dFilter });
              return [ops.conv2dBackwardInput(dy, filter, x.shape, options), dFilter];
            },
          },
        };
      },
    },
    {
      name: `conv2dBackwardInput ${what}`,
      build: (dtype) => {
        const { x, filter, dy } = make(dtype);
        return {
          cancels: true,
          compute: (ops) => [ops.conv2dBackwardInput(dy, filter, x.shape, options)],
        };
      },
    },
    {
      name: `conv2dBackwardFilter ${what}`,
      build: (dtype) => {
        const { x, filter, dy } = make(dtype);
        const dFilter: Tensor = Tensor.zeros<FloatType>(dtype, filter.shape, 'dFilter');
        return {
          cancels: true,
          changed: [dFilter],
          compute: (ops) => {
            ops.conv2dBackwardFilter(x, dy, { ...options, out: dFilter });
            return [];
          },
        };
      },
    },
  ];
}

type Row = readonly [Shape, readonly [number, number], number, readonly [number, number], 'same' | 'valid'];

/** Gaps, overlaps, windows that stick out on all sides; few channels, one filter, and more than a tile of filters. */
const convolutions: readonly Row[] = [
  [[2, 5, 4, 3], [3, 3], 7, [1, 1], 'same'],
  [[3, 6, 7, 1], [3, 3], 16, [1, 1], 'same'],
  [[3, 6, 7, 1], [3, 3], 4, [1, 1], 'valid'],
  [[1, 7, 5, 4], [2, 3], 5, [2, 1], 'valid'],
  [[4, 8, 7, 9], [3, 2], 33, [2, 2], 'same'],
  [[2, 4, 4, 6], [1, 1], 3, [1, 1], 'valid'],
  [[2, 11, 9, 2], [2, 2], 4, [3, 3], 'valid'],
  [[1, 9, 11, 3], [3, 3], 1, [2, 3], 'same'],
  [[2, 6, 5, 1], [5, 4], 2, [1, 2], 'same'],
  [[1, 3, 2, 2], [3, 2], 3, [1, 1], 'valid'],
  // filters with few channels and windows, whose sums kernels may unroll
  [[2, 9, 11, 3], [3, 3], 16, [2, 3], 'same'],
  [[3, 6, 5, 2], [2, 3], 48, [1, 2], 'valid'],
];

const fromRow = ([image, window, filters, stride, padding]: Row): OperationCase[] =>
  convolutionCases({ image, window, filters, stride, padding });

export const productCases: readonly OperationCase[] = [
  ...matmulCases(1, 1, 1),
  ...matmulCases(5, 7, 3),
  ...matmulCases(17, 33, 9),
  ...matmulCases(3, 4097, 5),
  ...matmulCases(2, 9000, 3),
  ...convolutions.flatMap(fromRow),
];

const unit = [1, 1] as const;

export const productSpeedCases: readonly OperationCase[] = [
  ...matmulCases(64, 784, 128),
  ...fromRow([[16, 28, 28, 1], [3, 3], 32, unit, 'same']),
  ...fromRow([[16, 14, 14, 32], [3, 3], 64, unit, 'same']),
];
