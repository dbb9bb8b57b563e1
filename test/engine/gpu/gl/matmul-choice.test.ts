import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GlEngine } from '../../../../src/engine/gpu/gl/engine.ts';
import { fastestVariant } from '../../../../src/engine/gpu/gl/matmul-choice.ts';
import { timeProduct } from '../../../../src/engine/gpu/gl/product.ts';
import { Gpu } from '../../../../src/engine/gpu/gpu-js.ts';
import { matmulVariants } from '../../../../src/engine/gpu/kernels/matmul-variants.ts';
import { Recorder } from '../../../../src/tensor/recorder.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { check } from '../../../helpers/gpu.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';

test('another kernel is chosen only if it is clearly faster than the usual one', () => {
  const seconds = (
    one: number,
    unrolled: number,
    splitK: number,
  ): Map<'one' | 'unrolled' | 'split-k', number> =>
    new Map([
      ['one', one],
      ['unrolled', unrolled],
      ['split-k', splitK],
    ]);
  assert.is(fastestVariant('unrolled', seconds(1, 1.2, 3)), 'unrolled');
  assert.is(fastestVariant('unrolled', seconds(1, 1.3, 3)), 'one');
  assert.is(fastestVariant('split-k', seconds(1, 0.9, 1.2)), 'unrolled');
});

async function measuresOnce(start: (options: { measure: boolean }) => Promise<GlEngine>): Promise<void> {
  const [a, b] = [randomTensor('float32', [6, 11], 'a'), randomTensor('float32', [11, 5], 'b')];
  const engine = await start({ measure: true });
  const compute = { inputs: [a, b], compute: (ops: { matmul: Recorder['matmul'] }) => [ops.matmul(a, b)] };
  await check(engine, 'measured', compute);
  assert.equal([...engine.measuredProducts.keys()], ['6×11×5']);
  const chosen = engine.measuredProducts.get('6×11×5');
  await check(engine, 'measured before', compute);
  assert.is(engine.measuredProducts.size, 1);
  assert.is(engine.measuredProducts.get('6×11×5'), chosen);
  await engine.close();

  const unmeasured = await start({ measure: false });
  await check(unmeasured, 'not measured', compute);
  assert.is(unmeasured.measuredProducts.size, 0);
  await unmeasured.close();
}

test('an engine that measures does so once for each product, in mode cpu', () =>
  measuresOnce((options) => GlEngine.startOnCpu(options)));

test('what cannot be addressed is refused before it is measured', async () => {
  const engine = await GlEngine.startOnCpu({ measure: true });
  const [a, b] = [
    Tensor.zeros('float32', [1, 2 ** 24 + 1], 'a'),
    Tensor.zeros('float32', [2 ** 24 + 1, 1], 'b'),
  ];
  const ops = new Recorder();
  const error = await engine
    .compile(ops.finish('large', [ops.matmul(a, b)]))
    .catch((reason: unknown) => reason);
  assert.match((error as Error).message, 'addresses 16777216 numbers');
  assert.is(engine.measuredProducts.size, 0);
  await engine.close();
});

test('the time of a product is a number of seconds above 0', async () => {
  const gpu = await Gpu.open('cpu');
  const product = { m: 4, k: 5, n: 6, transposeA: false, transposeB: false };
  const [a, b] = [await gpu.upload(new Float32Array(20)), await gpu.upload(new Float32Array(30))];
  for (const variant of matmulVariants) {
    const seconds = await timeProduct(gpu, variant, product, a, b);
    assert.ok(seconds > 0 && seconds < 60, `${variant}: ${seconds}`);
  }
  await gpu.close();
});

test.run();
