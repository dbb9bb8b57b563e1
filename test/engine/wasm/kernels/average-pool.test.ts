import { test } from 'uvu';
import { EagerOps } from '../../../../src/tensor/reference/eager.ts';
import { assertAllChecked, check } from '../../../helpers/conformance.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';

/** Image [n, h, w, c], window, stride, padding: with gaps, overlaps, windows that stick out, and whole images. */
const pools = [
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
] as const;

test('averagePool2d and its backward: overlaps, gaps, windows that stick out, whole images', () => {
  for (const [image, size, stride, padding] of pools) {
    const x = randomTensor('float32', image, 'x');
    const dy = randomTensor(
      'float32',
      new EagerOps().averagePool2d(x, size, { stride, padding }).shape,
      'dy',
    );
    check(`averagePool2d ${image.join('×')} by ${size.join('×')}`, {
      inputs: [x, dy],
      compute: (ops) => [
        ops.averagePool2d(x, size, { stride, padding }),
        ops.averagePool2dBackward(dy, image, size, { stride, padding }),
      ],
    });
  }
});

test('every operation of average pooling was among those checked', () => assertAllChecked('averagePool'));

test.run();
