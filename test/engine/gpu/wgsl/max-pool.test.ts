import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type MaxPool, maxPool, maxPoolBackward } from '../../../../src/engine/gpu/wgsl/max-pool.ts';
import { compute } from '../../../../src/tensor/reference/kernels.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { type Padding, windowGeometry } from '../../../../src/tensor/window.ts';
import { assertSameBits } from '../../../helpers/close.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';
import { closeDevice, runKernel, testOnDevice, unset } from '../../../helpers/wgsl.ts';

/** Windows side by side, that stick out, that overlap, that leave gaps, of one pixel, and one over the whole image. */
const cases: readonly {
  readonly input: readonly [number, number, number, number];
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: Padding;
}[] = [
  { input: [2, 4, 6, 8], window: [2, 2], stride: [2, 2], padding: 'same' },
  { input: [3, 7, 7, 4], window: [2, 2], stride: [2, 2], padding: 'same' },
  { input: [3, 7, 7, 3], window: [2, 2], stride: [2, 2], padding: 'same' },
  { input: [2, 7, 5, 1], window: [3, 3], stride: [1, 2], padding: 'same' },
  { input: [1, 9, 8, 5], window: [3, 2], stride: [2, 1], padding: 'valid' },
  { input: [2, 11, 13, 4], window: [2, 1], stride: [5, 3], padding: 'valid' },
  { input: [1, 5, 4, 12], window: [5, 4], stride: [1, 1], padding: 'same' },
  { input: [1, 5, 4, 2], window: [5, 4], stride: [1, 1], padding: 'valid' },
  { input: [1, 1, 1, 1], window: [1, 1], stride: [1, 1], padding: 'valid' },
  { input: [1, 1, 1, 7], window: [3, 3], stride: [1, 1], padding: 'same' },
];

interface Setup {
  readonly pool: MaxPool;
  readonly x: Tensor<'float32'>;
  readonly dy: Tensor<'float32'>;
}

function setUp({ input, window, stride, padding }: (typeof cases)[number]): Setup {
  const geometry = windowGeometry(input.slice(1, 3), window, stride, padding, 'test');
  const { outputHeight, outputWidth, ...constants } = geometry;
  const output = [input[0], outputHeight, outputWidth, input[3]];
  const x = randomTensor('float32', input, 'x');
  // few values, and so many of the same in one window
  x.values.forEach((value, i) => (x.values[i] = Math.round(value * 3)));
  const pool: MaxPool = {
    input,
    output,
    constants: { ...constants, height: window[0], width: window[1] },
  };
  return { pool, x, dy: randomTensor('float32', output, 'dy') };
}

/** By the reference, ReLU behind the pool included. */
function expected({ pool, x, dy }: Setup): { y: Float32Array; argmax: Int32Array; dx: Float32Array } {
  const { input, output, constants, activation } = pool;
  const [largest, y, passed] = ['largest', 'y', 'passed'].map((name) =>
    Tensor.zeros('float32', output, name),
  );
  const argmax = Tensor.zeros('int32', output, 'argmax');
  const dx = Tensor.zeros('float32', input, 'dx');
  compute({ kind: 'maxPool2d', inputs: { x }, outputs: { y: largest!, argmax }, constants });
  const relu = activation === 'relu';
  if (relu) {
    const constants = { function: 'relu', parameter: 0 } as const;
    compute({ kind: 'elementwise', inputs: { x: largest! }, outputs: { y: y! }, constants });
    compute({ kind: 'elementwiseBackward', inputs: { kept: y!, dy }, outputs: { dx: passed! }, constants });
  }
  compute({
    kind: 'maxPool2dBackward',
    inputs: { dy: relu ? passed! : dy, argmax },
    outputs: { dx },
    constants,
  });
  const result = relu ? y! : largest!;
  return { y: result.values, argmax: argmax.values, dx: dx.values };
}

function positiveZero(value: number): number {
  return value + 0;
}

async function check(setup: Setup): Promise<void> {
  const { pool, x, dy } = setup;
  const { y, argmax, dx } = expected(setup);
  const actual = { y: unset(y.length), argmax: unset(argmax.length), dx: unset(dx.length) };
  await runKernel(maxPool(pool), [x.values, actual.y, actual.argmax]);
  const masks = pool.activation === 'relu' ? [actual.y] : [];
  await runKernel(maxPoolBackward(pool), [dy.values, actual.argmax, ...masks, actual.dx]);
  const what = maxPool(pool).name;
  // max(−0, 0) may be either zero: adding 0 makes both +0
  assertSameBits(actual.y.map(positiveZero), y.map(positiveZero), `${what}: y`);
  assertSameBits(actual.argmax, argmax, `${what}: argmax`);
  assertSameBits(actual.dx, dx, `${what}: dx`);
}

testOnDevice('max-pooling and its backward, bit for bit, ties included', async () => {
  for (const setup of cases.map(setUp)) await check(setup);
});

testOnDevice('max-pooling with ReLU behind it, and its backward', async () => {
  for (const { pool, ...tensors } of cases.map(setUp)) {
    await check({ pool: { ...pool, activation: 'relu' }, ...tensors });
  }
});

testOnDevice('of a window that is −∞ all over the first pixel is the largest', async () => {
  const pool: MaxPool = {
    input: [1, 2, 2, 1],
    output: [1, 1, 1, 1],
    constants: { height: 2, width: 2, strideY: 2, strideX: 2, padTop: 0, padLeft: 0 },
  };
  const x = Tensor.from('float32', pool.input, new Float32Array(4).fill(-Infinity), 'x');
  const setup = { pool, x, dy: randomTensor('float32', pool.output, 'dy') };
  assert.equal([...expected(setup).y, ...expected(setup).argmax], [-Infinity, 0], 'the reference');
  await check(setup);
});

test.after(closeDevice);
test.run();
