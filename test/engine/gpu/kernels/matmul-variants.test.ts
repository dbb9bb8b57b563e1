import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openDevice } from '../../../../src/engine/gpu/device.ts';
import { Gpu } from '../../../../src/engine/gpu/gpu-js.ts';
import {
  matmulLaunches,
  matmulVariants,
  possibleVariants,
  type Product,
  usualVariant,
} from '../../../../src/engine/gpu/kernels/matmul-variants.ts';
import { computeProduct } from '../../../../src/engine/gpu/gl/product.ts';
import { EagerOps } from '../../../../src/tensor/reference/eager.ts';
import { Storage, Tensor } from '../../../../src/tensor/tensor.ts';
import { assertClose } from '../../../helpers/close.ts';
import { testOnAdapter } from '../../../helpers/gpu.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';

const plain = { transposeA: false, transposeB: false };
const forms = [
  plain,
  { transposeA: true, transposeB: false },
  { transposeA: false, transposeB: true },
  { transposeA: true, transposeB: true },
] as const;

function operands({ m, k, n, transposeA, transposeB }: Product): [Tensor<'float32'>, Tensor<'float32'>] {
  return [
    randomTensor('float32', transposeA ? [k, m] : [m, k], 'a'),
    randomTensor('float32', transposeB ? [n, k] : [k, n], 'b'),
  ];
}

/** Every variant, in every form, of sizes that nothing divides: against the reference. */
async function checkVariants(gpu: Gpu, mode: string): Promise<void> {
  for (const [m, k, n] of [
    [1, 1, 1],
    [5, 7, 3],
    [17, 33, 9],
    [3, 10, 8],
    [2, 3, 13],
    [3, 1031, 6],
  ] as const) {
    for (const form of forms) {
      const product = { m, k, n, ...form };
      const [a, b] = operands(product);
      const expected = new EagerOps().matmul(a, b, form).values;
      const onDevice = [await gpu.upload(a.values), await gpu.upload(b.values)] as const;
      for (const variant of matmulVariants) {
        const result = await computeProduct(gpu, variant, product, ...onDevice);
        const actual = await result.read();
        const what = `${variant} ${m}×${k}×${n} ${form.transposeA} ${form.transposeB}`;
        assertClose(actual, Array.from(expected), { rtol: 1e-5, atol: 1e-6 * Math.sqrt(k) }, what);
        assert.is(gpu.ranIn, mode);
        result.delete();
      }
      for (const array of onDevice) array.delete();
    }
  }
  await gpu.close();
}

test('all kernels of a product give what the reference gives, in mode cpu', async () => {
  await checkVariants(await Gpu.open('cpu'), 'cpu');
});

testOnAdapter('all kernels of a product give what the reference gives', async () => {
  await checkVariants((await openDevice()).gpu, 'webgpu');
});

test('the fixed rule: parts for long sums of few elements, and for the longest', () => {
  const rule = (m: number, k: number, n: number): string => usualVariant({ m, k, n, ...plain });
  assert.is(rule(64, 784, 32), 'unrolled');
  assert.is(rule(64, 1024, 32), 'split-k');
  assert.is(rule(128, 1024, 128), 'unrolled', 'enough elements');
  assert.is(rule(512, 4096, 512), 'unrolled');
  assert.is(rule(512, 4097, 512), 'split-k');
  assert.equal(possibleVariants({ m: 512, k: 4096, n: 512, ...plain }), ['one', 'unrolled', 'split-k']);
  assert.equal(possibleVariants({ m: 512, k: 4097, n: 512, ...plain }), ['split-k']);
});

test('parts: as many as keep the device busy, none of fewer than 128 terms or more than 4096', () => {
  const parts = (m: number, k: number, n: number): number => {
    const product = { m, k, n, ...plain };
    const [a, b, c] = [m * k, k * n, m * n].map((length) => new Storage('float32', length, null));
    const [first] = matmulLaunches('split-k', product, { a: a!, b: b!, c: c! });
    return first!.output.length / c!.length;
  };
  assert.is(parts(1, 70_001, 1), 531, '132 each: 128 or more, and a multiple of 4');
  assert.is(parts(32, 70_000, 64), 18, 'two million threads would be too many; 4096 or fewer each');
  assert.is(parts(64, 2000, 32), 8, '16,384 threads');
  assert.is(parts(5, 7, 3), 1);
});

test.run();
