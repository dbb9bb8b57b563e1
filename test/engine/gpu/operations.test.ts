import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Recorder } from '../../../src/tensor/recorder.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { assertSameBits } from '../../helpers/close.ts';
import { check, testEachMode, toleranceIn } from '../../helpers/gpu.ts';
import { operationCases } from '../../helpers/operation-cases.ts';
import { integers } from '../../helpers/operation-cases/case.ts';
import { checkCases } from '../../helpers/run-cases.ts';

testEachMode('every operation gives what the reference gives', async (engine, mode) => {
  const found = await checkCases(engine, { tolerance: toleranceIn(mode) });
  assert.is(found.size, operationCases.length);
});

testEachMode('relu lets NaN through; on a GPU it may come out as 0', async (engine, mode) => {
  const x = Tensor.from('float32', [5], Float32Array.of(NaN, Infinity, -1, 0, 1), 'x');
  const ops = new Recorder();
  const [y, leaky] = [ops.elementwise(x, 'relu'), ops.elementwise(x, 'leakyRelu', 0.5)];
  const executable = await engine.compile(ops.finish('relu', [y, leaky]));
  await executable.run();
  const [relus, leakyRelus] = [await engine.read(y), await engine.read(leaky)];
  assertSameBits(relus.subarray(1), [Infinity, 0, 0, 1]);
  assertSameBits(leakyRelus.subarray(1), [Infinity, -0.5, 0, 1]);
  // compilers for GPUs may assume that there is no NaN, and NVIDIA's does
  for (const [value] of [relus, leakyRelus])
    assert.ok(Number.isNaN(value) || (mode !== 'cpu' && value === 0), `${value}`);
});

testEachMode('sums of 70,001 numbers: more than a loop on some devices has rounds', async (engine) => {
  // whole numbers: no sum is rounded, so that one term too few would show
  const x = Tensor.zeros('float32', [70_001, 1], 'x');
  for (let i = 0; i < x.size; i++) x.values[i] = ((i * 7) % 13) - 3;
  await check(engine, '70,001 numbers', {
    inputs: [x],
    compute: (ops) => [ops.sumRows(x), ops.mean(x), ops.sumSquares(x, 0.5)],
  });
  const rows = Tensor.from('float32', [1, 70_001], x.values, 'row');
  await check(engine, 'a product', {
    inputs: [x, rows],
    compute: (ops) => [ops.matmul(rows, x), ops.matmul(x, x, { transposeA: true })],
  });
});

testEachMode('gatherImages, gatherLabels and dropoutMask go to the device', async (engine) => {
  const images = Tensor.from(
    'uint8',
    [6, 5, 3],
    Uint8Array.from({ length: 90 }, (_, i) => (i * 37) % 256),
    'images',
  );
  const labels = Tensor.from('uint8', [6], Uint8Array.of(3, 1, 4, 1, 5, 9), 'labels');
  const [indices, step] = [integers('indices', 5, 0, 0, 3, 2), integers('step', 41)];
  const constants = { rate: 0.37, seed: 12, stream: -5 };
  await check(engine, 'gather', {
    inputs: [images, labels, indices, step],
    compute(ops) {
      const y = ops.gatherImages(images, indices, 1 / 255);
      const mask = ops.dropoutMask('float32', y.shape, step, constants);
      const chosen = ops.gatherLabels(labels, indices);
      return [y, mask, chosen, ops.multiply(y, mask), ops.countEqual(chosen, indices)];
    },
  });
});

testEachMode('the loss of NaN is not a finite number, so that a diverged run is noticed', async (engine) => {
  const logits = Tensor.from('float32', [2, 3], Float32Array.of(NaN, 2, 3, 1, 2, NaN), 'logits');
  const ops = new Recorder();
  const { losses } = ops.softmaxCrossEntropy(logits, integers('labels', 0, 0));
  const executable = await engine.compile(ops.finish('loss', [losses]));
  await executable.run();
  for (const loss of await engine.read(losses)) assert.not.ok(Number.isFinite(loss), `${loss}`);
});

test.run();
