import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gatherBatch, gatherImages, gatherLabels } from '../../../../src/engine/gpu/wgsl/gather.ts';
import { compute } from '../../../../src/tensor/reference/kernels.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { assertSameBits } from '../../../helpers/close.ts';
import { closeDevice, runKernel, testOnDevice, unset } from '../../../helpers/wgsl.ts';

/** Every byte occurs, at every place in a word. */
function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 37 + Math.floor(i / 256)) % 256);
}

/** Examples of the data set, and which of them make the batch: the last, the first, one twice. */
const cases = [
  { size: 784, examples: 5, indices: [4, 0, 2, 2, 1] },
  { size: 4, examples: 64, indices: [63, 0, 17] },
  { size: 1, examples: 257, indices: [256, 0, 255, 3] },
  { size: 3, examples: 86, indices: [85, 0, 1, 2, 84] },
  { size: 49, examples: 11, indices: [10] },
  { size: 1021, examples: 2, indices: [1, 0] },
] as const;
const scales = [1 / 255, 1, 0.3];

for (const { size, examples, indices } of cases) {
  testOnDevice(`images of ${size} bytes and their labels are gathered, bit for bit`, async () => {
    const rows = indices.length;
    const images = bytes(size * examples);
    const labels = bytes(examples).toReversed();
    const indexTensor = Tensor.from('int32', [rows], Int32Array.from(indices), 'indices');
    const order = Float32Array.from(indices);
    const expectedLabels = Tensor.zeros('int32', [rows], 'y');
    compute({
      kind: 'gatherLabels',
      inputs: { labels: Tensor.from('uint8', [examples], labels, 'labels'), indices: indexTensor },
      outputs: { y: expectedLabels },
      constants: {},
    });
    for (const scale of scales) {
      const expected = Tensor.zeros('float32', [rows, size], 'y');
      const data = Tensor.from('uint8', [examples, size], images, 'images');
      compute({
        kind: 'gatherImages',
        inputs: { images: data, indices: indexTensor },
        outputs: { y: expected },
        constants: { scale },
      });
      const [x, y, alone, labelsAlone] = [unset(rows * size), unset(rows), unset(rows * size), unset(rows)];
      await runKernel(gatherBatch({ rows, size, scale }), [images, labels, order, x, y]);
      await runKernel(gatherImages({ rows, size, scale }), [images, order, alone]);
      await runKernel(gatherLabels({ rows }), [labels, order, labelsAlone]);
      assertSameBits(x, expected.values, `x by ${scale}`);
      assertSameBits(alone, expected.values, `x by ${scale}, alone`);
      assertSameBits(y, expectedLabels.values, 'y');
      assertSameBits(labelsAlone, expectedLabels.values, 'y, alone');
    }
  });
}

test('a batch of images has a thread for each word, in rows of workgroups that a dispatch may have', () => {
  const { groups } = gatherImages({ rows: 60_000, size: 784, scale: 1 });
  assert.ok(groups[0] <= 65_535 && groups[1] > 1, `groups ${groups.join('×')}`);
  assert.ok(groups[0] * groups[1] * 64 >= (60_000 * 784) / 4);
});

test.after(closeDevice);
test.run();
