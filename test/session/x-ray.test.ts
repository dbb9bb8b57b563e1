import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LayerDescription } from '../../src/layers/layer.ts';
import type { Configuration } from '../../src/session/messages.ts';
import { assertClose } from '../helpers/close.ts';
import { testOnAdapter } from '../helpers/gpu.ts';
import { assertRejects } from '../helpers/assert-rejects.ts';
import { driven, type Driven } from '../helpers/session.ts';

const layers: LayerDescription[] = [
  { type: 'conv2d', filters: 4, padding: 'same', stride: [1, 2] },
  { type: 'batch_norm' },
  { type: 'gelu' },
  {
    type: 'residual',
    body: [{ type: 'conv2d', filters: 4, kernelSize: [1, 3], padding: 'same' }, { type: 'batch_norm' }],
  },
  { type: 'average_pool2d', poolSize: 2, padding: 'same' },
  { type: 'flatten' },
  { type: 'dropout', rate: 0.3 },
  { type: 'dense', units: 5 },
  { type: 'tanh' },
  { type: 'dense', units: 3 },
];

async function trained(engine: Configuration['engine']): Promise<Driven> {
  const made = await driven();
  const settings = { batchSize: 16, learningRate: 0.01 };
  await made.session.handle('configure', { network: layers, settings, ...(engine && { engine }) });
  await made.session.handle('step', { count: 12 });
  return made;
}

/** Every derivative that the engine has computed for an image, against a central difference in double precision. */
async function checkDerivatives({ session }: Driven): Promise<void> {
  const position = 4;
  const xRay = await session.handle('inspect', { part: 'validation', positions: [position] });
  const tensors = [{ name: 'image', ...xRay.image }, ...xRay.layers.flatMap(({ parameters }) => parameters)];
  assert.is(tensors.length, 1 + 2 * 6);
  for (const { name, values, gradient } of tensors) {
    for (const index of [0, Math.floor(values.length / 2), values.length - 1]) {
      const question = { part: 'validation', position, tensor: name, index } as const;
      const { value, derivative, difference, loss } = await session.handle('nudge', question);
      const what = `${name}[${index}]`;
      assertClose([value, loss], [values[index]!, xRay.loss], { rtol: 1e-5, atol: 1e-6 }, what);
      assertClose([difference], [derivative], { rtol: 1e-6, atol: 1e-9 }, what);
      assertClose([gradient[index]!], [derivative], { rtol: 1e-4, atol: 1e-6 }, what);
    }
  }
}

/** The layers follow each other, and the last gives what an evaluation gives. */
async function checkValues({ session }: Driven): Promise<void> {
  const positions = [3, 0, 7];
  const xRay = await session.handle('inspect', { part: 'test', positions });
  const { probabilities, labels } = await session.handle('evaluate', { part: 'test' });
  const expected = positions.flatMap((position) => [
    ...probabilities.subarray(3 * position, 3 * position + 3),
  ]);
  assertClose(xRay.probabilities, expected, { rtol: 1e-5, atol: 1e-6 });
  assert.equal(
    [...xRay.labels],
    positions.map((position) => labels[position]),
  );
  const losses = positions.map((position) => -Math.log(probabilities[3 * position + labels[position]!]!));
  assertClose([xRay.loss], [losses.reduce((sum, loss) => sum + loss) / 3], { rtol: 1e-5, atol: 0 });
  // that of softmax cross-entropy: (p − 1[label]) / n
  const dLogits = expected.map((p, i) => (p - (i % 3 === xRay.labels[Math.floor(i / 3)] ? 1 : 0)) / 3);
  assertClose(xRay.layers.at(-1)!.output.gradient, dLogits, { rtol: 1e-4, atol: 1e-6 });
  assert.equal(
    xRay.layers.map(({ output }) => output.shape),
    [
      [3, 5, 3, 4],
      [3, 5, 3, 4],
      [3, 5, 3, 4],
      [3, 5, 3, 4],
      [3, 3, 2, 4],
      [3, 24],
      [3, 24],
      [3, 5],
      [3, 5],
      [3, 3],
    ],
  );
  for (const { output } of xRay.layers) {
    assert.equal(
      [output.values.length, output.gradient.length],
      Array(2).fill(output.shape.reduce((a, b) => a * b)),
    );
  }
  const tanh = xRay.layers[8]!.output.values;
  assertClose(tanh, Array.from(xRay.layers[7]!.output.values, Math.tanh), { rtol: 1e-5, atol: 1e-6 });
}

for (const engine of ['reference', 'wasm'] as const) {
  test(`${engine}: every layer's numbers, and every derivative beside a small change`, async () => {
    const made = await trained(engine);
    await checkValues(made);
    await checkDerivatives(made);
    await made.session.handle('close', undefined);
  });
}

testOnAdapter('WebGPU: every layer’s numbers, and every derivative beside a small change', async () => {
  const made = await trained('gpu');
  await checkValues(made);
  await checkDerivatives(made);
  await made.session.handle('close', undefined);
});

test('the code of a layer: its operations, and the functions that are generated for its shapes', async () => {
  const { session } = await trained('wasm');
  const { operations, code, bytes } = await session.handle('kernel', { layer: 'dense_1' });
  assert.match(
    operations,
    /^program dense_1, batch 16: 2 operations\n.*matmul\(x \[16, 24\], dense_1\/kernel \[24, 5\]\)/,
  );
  assert.match(code, /f32x4\.relaxed_madd/);
  assert.ok(bytes > 100);
  const flatten = await session.handle('kernel', { layer: 'flatten_1' });
  assert.match(flatten.code, /nothing to compute/);
  await assertRejects(
    session.handle('kernel', { layer: 'x' }),
    /^there is no layer x; the layers are conv2d_1, /,
  );
  // the network trains on as before
  await session.handle('step', { count: 1 });
  await session.handle('close', undefined);
});

test('occlusion: the probability with a black square around a pixel, up to the edges', async () => {
  const { session } = await trained('wasm');
  const { pixels, shape } = await session.handle('images', { part: 'test', positions: [6] });
  assert.equal(shape, [5, 6, 1]);
  const image = Float32Array.from(pixels, (byte) => byte / 255);
  const { predicted, probability, patch, probabilities } = await session.handle('occlude', { image });
  assert.is(patch, 1);
  const whole = await session.handle('predict', { images: image });
  assert.is(predicted, whole.predicted[0]);
  assert.is(probability, whole.probabilities[predicted]);
  for (const [row, column] of [
    [0, 0],
    [2, 3],
    [4, 5],
  ] as const) {
    const covered = Float32Array.from(image);
    covered[row * 6 + column] = 0;
    const { probabilities: expected } = await session.handle('predict', { images: covered });
    assertClose([probabilities[row * 6 + column]!], [expected[predicted]!], { rtol: 1e-5, atol: 1e-6 });
  }
  await session.handle('close', undefined);
});

test('looking changes nothing', async () => {
  const [plain, looked] = [await trained('wasm'), await trained('wasm')];
  for (let i = 0; i < 3; i++) {
    await looked.session.handle('inspect', { part: 'train', positions: [i] });
    await looked.session.handle('nudge', { part: 'train', position: i, tensor: 'image', index: i });
    for (const { session } of [plain, looked]) await session.handle('step', { count: 1 });
  }
  const bytes = [plain, looked].map(({ session }) => session.handle('export', { kind: 'safetensors' }));
  const [a, b] = await Promise.all(bytes);
  assert.equal(a, b);
});

test('the sum of a unit in numbers is what the engine has: dense, and a convolution with padding and a stride', async () => {
  const { session } = await trained('wasm');
  const of = { part: 'validation', position: 2 } as const;
  for (const [layer, unit, terms] of [
    ['conv2d_1', [0, 0, 3], 2 * 3 * 1],
    ['conv2d_1', [2, 1, 0], 3 * 3 * 1],
    ['conv2d_1', [4, 2, 1], 2 * 2 * 1],
    ['dense_1', [4], 24],
    ['dense_2', [0], 5],
  ] as const) {
    const sum = await session.handle('unit', { ...of, layer, unit });
    assert.is(sum.terms.length, terms, `${layer} [${unit.join()}]`);
    assertClose([sum.output], [sum.sum], { rtol: 1e-5, atol: 1e-6 }, layer);
    const xRay = await session.handle('inspect', { part: of.part, positions: [of.position] });
    const { parameters } = xRay.layers.find(({ name }) => name === layer)!;
    if (layer.startsWith('conv')) continue;
    // a weight of a dense layer is in one sum alone
    for (const { input, weightIndex } of sum.terms) {
      const [expected] = [parameters[0]!.gradient[weightIndex]!];
      assertClose([input * sum.gradient], [expected], { rtol: 1e-4, atol: 1e-7 }, layer);
    }
  }
  const ask = (layer: string, unit: number[]) => session.handle('unit', { ...of, layer, unit });
  await assertRejects(ask('dense_3', [0]), /^there is no layer dense_3; the layers are conv2d_1, /);
  await assertRejects(ask('dense_2', [3]), /^dense_2 has units of \[3\], from 0; asked for is \[3\]$/);
  await assertRejects(ask('tanh_1', [0]), /^tanh_1 is no sum with weights/);
  const nudge = { ...of, tensor: 'dense_1/kernel', index: 120 };
  await assertRejects(
    session.handle('nudge', nudge),
    /^dense_1\/kernel has 120 numbers, from 0; asked for is number 120$/,
  );
  await assertRejects(
    session.handle('nudge', { ...nudge, tensor: 'x' }),
    /^there is no x; there are image, conv2d_1/,
  );
  await session.handle('close', undefined);
});

test.run();
