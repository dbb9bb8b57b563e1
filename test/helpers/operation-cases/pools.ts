import { EagerOps } from '../../../src/tensor/reference/eager.ts';
import type { Shape } from '../../../src/tensor/shape.ts';
import type { FloatType, Tensor } from '../../../src/tensor/tensor.ts';
import { randomTensor } from '../random-tensor.ts';
import { type OperationCase, times } from './case.ts';

type Row = readonly [
  image: Shape,
  size: readonly [number, number],
  stride: readonly [number, number],
  padding: 'same' | 'valid',
];

/** Images [n, h, w, c]; windows with gaps and overlaps, windows that stick out, and whole images. */
const pools: readonly Row[] = [
  [[2, 4, 6, 5], [2, 2], [2, 2], 'valid'],
  [[2, 5, 6, 4], [2, 2], [2, 2], 'valid'],
  [[2, 6, 5, 4], [2, 2], [2, 2], 'valid'],
  [[2, 8, 6, 5], [1, 2], [2, 2], 'valid'],
  [[2, 6, 8, 5], [2, 1], [2, 2], 'valid'],
  [[4, 5, 7, 33], [2, 2], [2, 2], 'valid'],
  [[3, 7, 7, 16], [2, 2], [2, 2], 'same'],
  [[1, 7, 5, 60], [3, 3], [3, 3], 'same'],
  [[2, 5, 6, 3], [3, 2], [1, 2], 'same'],
  [[5, 6, 9, 4], [2, 3], [1, 3], 'valid'],
  [[1, 6, 6, 4], [3, 3], [2, 2], 'valid'],
  [[2, 9, 8, 7], [2, 1], [3, 2], 'valid'],
  [[3, 9, 8, 9], [2, 2], [3, 3], 'same'],
  [[2, 6, 7, 8], [5, 5], [1, 1], 'same'],
  [[13, 7, 5, 37], [7, 5], [7, 5], 'valid'],
  [[1, 2, 3, 1], [2, 3], [2, 3], 'valid'],
];

function maxPoolCases([image, size, stride, padding]: Row): OperationCase[] {
  const what = `${times(image)} by ${times(size)}, stride ${times(stride)}, ${padding}`;
  const options = { stride, padding };
  return [
    {
      name: `maxPool2d ${what}`,
      build: (dtype) => {
        const x = randomTensor<FloatType>(dtype, image, 'x');
        return {
          compute(ops) {
            const { y, argmax } = ops.maxPool2d(x, size, options);
            return [y, argmax];
          },
          gradient: {
            by: [x],
            backward: (ops, [, argmax], dy) => [
              ops.maxPool2dBackward(dy, argmax as Tensor<'int32'>, image, size, options),
            ],
          },
        };
      },
    },
    {
      name: `maxPool2d ${what}, with ties`,
      build: (dtype) => {
        const x: Tensor = randomTensor<FloatType>(dtype, image, 'x');
        // few different values, all below the zeros that might be taken for pixels outside of the image
        for (let i = 0; i < x.size; i++) x.values[i] = Math.floor(x.values[i]! * 2) - 3;
        return {
          compute(ops) {
            const { y, argmax } = ops.maxPool2d(x, size, options);
            return [y, argmax];
          },
        };
      },
    },
    {
      name: `maxPool2dBackward ${what}`,
      build: (dtype) => {
        const x = randomTensor<FloatType>(dtype, image, 'x');
        const { argmax } = new EagerOps().maxPool2d(x, size, options);
        const dy = randomTensor<FloatType>(dtype, argmax.shape, 'dy');
        return { compute: (ops) => [ops.maxPool2dBackward(dy, argmax, image, size, options)] };
      },
    },
  ];
}

function averagePoolCases([image, size, stride, padding]: Row): OperationCase[] {
  const what = `${times(image)} by ${times(size)}, stride ${times(stride)}, ${padding}`;
  const options = { stride, padding };
  return [
    {
      name: `averagePool2d ${what}`,
      build: (dtype) => {
        const x = randomTensor<FloatType>(dtype, image, 'x');
        return {
          compute: (ops) => [ops.averagePool2d(x, size, options)],
          gradient: {
            by: [x],
            backward: (ops, _, dy) => [ops.averagePool2dBackward(dy, image, size, options)],
          },
        };
      },
    },
    {
      name: `averagePool2dBackward ${what}`,
      build: (dtype) => {
        const x = randomTensor<FloatType>(dtype, image, 'x');
        const dy = randomTensor<FloatType>(dtype, new EagerOps().averagePool2d(x, size, options).shape, 'dy');
        return { compute: (ops) => [ops.averagePool2dBackward(dy, image, size, options)] };
      },
    },
  ];
}

export const poolCases: readonly OperationCase[] = pools.flatMap((row) => [
  ...maxPoolCases(row),
  ...averagePoolCases(row),
]);

const large: Row = [[64, 28, 28, 32], [2, 2], [2, 2], 'same'];

export const poolSpeedCases: readonly OperationCase[] = [
  ...maxPoolCases(large).filter(({ name }) => !name.endsWith('ties')),
  ...averagePoolCases(large),
];
