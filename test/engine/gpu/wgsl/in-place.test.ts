import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { addScaled, clipByNorm, updateAverage } from '../../../../src/engine/gpu/wgsl/in-place.ts';
import { float } from '../../../../src/engine/gpu/wgsl/number.ts';
import { compute } from '../../../../src/tensor/reference/kernels.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { assertClose, assertSameBits } from '../../../helpers/close.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';
import { closeDevice, runKernel, testOnDevice } from '../../../helpers/wgsl.ts';

const lengths = [1, 3, 4, 10, 257, 1024, 10_007];
const tolerance = { rtol: 1e-6, atol: 1e-7 };

testOnDevice('addScaled', async () => {
  for (const length of lengths) {
    for (const scale of [1, -0.3, 64]) {
      const [target, x] = [
        randomTensor('float32', [length], 'target'),
        randomTensor('float32', [length], 'x'),
      ];
      const actual = target.values.slice();
      await runKernel(addScaled({ length, scale }), [actual, x.values]);
      compute({ kind: 'addScaled', inputs: { target, x }, outputs: { target }, constants: { scale } });
      assertClose(actual, target.values, tolerance, `${length} by ${scale}`);
    }
  }
});

testOnDevice('more workgroups than one dimension has make rows of them', async () => {
  const length = 65_535 * 64 + 3;
  const kernel = addScaled({ length, scale: 1 });
  assert.is(kernel.groups[1], 2, 'rows');
  const x = Float32Array.from({ length }, (_, i) => i % 1009);
  const actual = new Float32Array(length).fill(1);
  await runKernel(kernel, [actual, x]);
  assert.is(
    actual.findIndex((value, i) => value !== 1 + (i % 1009)),
    -1,
    'each number once',
  );
});

testOnDevice('updateAverage', async () => {
  for (const length of lengths) {
    for (const momentum of [0.9, 0.999]) {
      const average = randomTensor('float32', [length], 'average');
      const x = randomTensor('float32', [length], 'x');
      const actual = average.values.slice();
      await runKernel(updateAverage({ length, momentum }), [actual, x.values]);
      const constants = { momentum };
      compute({ kind: 'updateAverage', inputs: { average, x }, outputs: { average }, constants });
      assertClose(actual, average.values, tolerance, `${length} by ${momentum}`);
    }
  }
});

testOnDevice('clipByNorm: norms above, at and below the limit', async () => {
  for (const length of lengths) {
    for (const squares of [0, 0.25, 2.25, 2.2500002, 9, 1e30, 3e38]) {
      const target = randomTensor('float32', [length], 'target');
      const sum = Tensor.from('float32', [1], Float32Array.of(squares), 'squares');
      const actual = target.values.slice();
      const constants = { limit: 1.5 };
      await runKernel(clipByNorm({ length, ...constants }), [actual, sum.values]);
      compute({ kind: 'clipByNorm', inputs: { target, squares: sum }, outputs: { target }, constants });
      const what = `${length}, squares ${squares}`;
      if (squares <= 2.25) assertSameBits(actual, target.values, what);
      else assertClose(actual, target.values, { rtol: 1e-6, atol: 0 }, what);
    }
  }
});

testOnDevice('clipByNorm: of squares whose sum is infinite nothing is left', async () => {
  for (const length of [3, 8]) {
    const actual = randomTensor('float32', [length], 'target').values;
    await runKernel(clipByNorm({ length, limit: 1 }), [actual, Float32Array.of(Infinity)]);
    for (const value of actual) assert.ok(value === 0, `${value}`);
  }
});

test('numbers in WGSL are those of float32, and finite', () => {
  assert.equal([1, 0.1, 1e-8, -2.5, 1e30, -0, 0].map(float), [
    '1f',
    '0.10000000149011612f',
    '9.99999993922529e-9f',
    '-2.5f',
    '1.0000000150474662e+30f',
    '-0f',
    '0f',
  ]);
  for (const value of [Infinity, Number.NaN, 1e39])
    assert.throws(() => float(value), /is not finite in float32/);
});

test.after(closeDevice);
test.run();
