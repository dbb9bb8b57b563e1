import { test } from 'uvu';
import { EagerOps } from '../../../src/tensor/reference/eager.ts';
import { check, testEachMode } from '../../helpers/gpu.ts';
import { randomTensor } from '../../helpers/random-tensor.ts';

/** Image [n, h, w, c], window, stride, padding: with gaps, overlaps, windows that stick out, and whole images. */
const pools = [
  [[2, 4, 6, 5], [2, 2], [2, 2], 'valid'],
  [[2, 5, 6, 3], [2, 2], [2, 2], 'valid'],
  [[3, 7, 7, 1], [2, 2], [2, 2], 'same'],
  [[1, 7, 5, 5], [3, 3], [3, 3], 'same'],
  [[2, 5, 6, 3], [3, 2], [1, 2], 'same'],
  [[5, 6, 9, 1], [2, 3], [1, 3], 'valid'],
  [[1, 6, 6, 3], [3, 3], [2, 2], 'valid'],
  [[2, 9, 8, 5], [2, 1], [3, 2], 'valid'],
  [[3, 9, 8, 3], [2, 2], [3, 3], 'same'],
  [[2, 6, 7, 1], [5, 5], [1, 1], 'same'],
  [[1, 2, 3, 1], [2, 3], [2, 3], 'valid'],
] as const;

testEachMode(
  'maxPool2d and its backward: the first of equal pixels is the largest, in all kinds of windows',
  async (engine) => {
    for (const [image, size, stride, padding] of pools) {
      const x = randomTensor('float32', image, 'x');
      // few different values, all below the zeros that might be taken for pixels outside
      for (let i = 0; i < x.size; i++) x.values[i] = Math.floor(x.values[i]! * 2) - 3;
      const options = { stride, padding };
      const { argmax, y } = new EagerOps().maxPool2d(x, size, options);
      const dy = randomTensor('float32', y.shape, 'dy');
      await check(engine, `maxPool2d ${image.join('×')} by ${size.join('×')}`, {
        inputs: [x, dy, argmax],
        compute(ops) {
          const pooled = ops.maxPool2d(x, size, options);
          return [pooled.y, pooled.argmax, ops.maxPool2dBackward(dy, argmax, image, size, options)];
        },
      });
    }
  },
);

testEachMode(
  'averagePool2d and its backward: overlaps, gaps, windows that stick out, whole images',
  async (engine) => {
    for (const [image, size, stride, padding] of pools) {
      const x = randomTensor('float32', image, 'x');
      const options = { stride, padding };
      const dy = randomTensor('float32', new EagerOps().averagePool2d(x, size, options).shape, 'dy');
      await check(engine, `averagePool2d ${image.join('×')} by ${size.join('×')}`, {
        inputs: [x, dy],
        compute: (ops) => [
          ops.averagePool2d(x, size, options),
          ops.averagePool2dBackward(dy, image, size, options),
        ],
      });
    }
  },
);

test.run();
