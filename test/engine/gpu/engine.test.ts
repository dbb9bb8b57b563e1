/** What holds for the gpu engine, however it runs: kernel by kernel, or recorded on WebGPU. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dense } from '../../../src/layers/dense.ts';
import { flatten } from '../../../src/layers/flatten.ts';
import { leakyRelu } from '../../../src/layers/leaky-relu.ts';
import { sequential } from '../../../src/layers/sequential.ts';
import { sgd } from '../../../src/optim/sgd.ts';
import { Recorder } from '../../../src/tensor/recorder.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { DivergenceError } from '../../../src/train/divergence.ts';
import { trainEpochs } from '../../../src/train/train-epochs.ts';
import { assertRejects } from '../../helpers/assert-rejects.ts';
import { assertClose } from '../../helpers/close.ts';
import { testEachMode, testOnAdapter } from '../../helpers/gpu.ts';
import { integers } from '../../helpers/operation-cases/case.ts';
import { trainSteps } from '../../helpers/train-steps.ts';

const networks = {
  dense: 'a dense network, with Adam and dropout',
  cnn: 'the CNN in small',
  images: 'a network with every layer, with SGD',
} as const;

for (const network of ['dense', 'cnn', 'images'] as const) {
  const what = `20 steps of ${networks[network]}: losses to 1e-4 and weights to 1e-3 as the reference`;
  test(`${what}, in mode cpu`, () => checkTraining(network, 'gpu-cpu', 'cpu'));
  testOnAdapter(what, () => checkTraining(network, 'gpu', 'webgpu'));
}

function checkTraining(network: keyof typeof networks, engine: 'gpu' | 'gpu-cpu', mode: string): void {
  const plain = trainSteps({ network, engine: 'reference', steps: 20 });
  const onGpu = trainSteps({ network, engine, steps: 20 });
  assert.is(onGpu.ranIn, mode);
  assertClose(onGpu.losses, plain.losses, { rtol: 1e-4, atol: 0 }, 'loss');
  assertClose(onGpu.weights, plain.weights, { rtol: 0, atol: 1e-3 }, 'weights and running averages');
  assertClose([onGpu.evaluation], [plain.evaluation], { rtol: 1e-4, atol: 0 }, 'evaluation');
  assert.ok(onGpu.losses.at(-1)! < onGpu.losses[0]!, 'it learns');
}

testEachMode('programs of one engine share its weights, and keep their own results', async (engine) => {
  const weight = Tensor.from('float32', [2], Float32Array.of(1, 2), 'weight');
  const update = new Recorder();
  update.addScaled(weight, weight, 1);
  const double = await engine.compile(update.finish('double'));
  const ops = new Recorder();
  const copy = ops.elementwise(weight, 'relu');
  const hidden = ops.multiply(copy, copy);
  const total = ops.sumRows(hidden);
  const look = await engine.compile(ops.finish('look', [copy, total]));
  await double.run();
  await double.run();
  await look.run();
  assert.equal([...(await engine.read(copy))], [4, 8]);
  assert.equal([...(await engine.read(weight))], [4, 8]);
  engine.write(weight, [-3, 5]);
  assert.equal([...(await engine.read(weight))], [-3, 5], 'before any run');
  await look.run();
  assert.equal([...(await engine.read(copy))], [0, 5]);
  assert.equal([...weight.values], [1, 2], 'the host tensor is not touched');
  await assertRejects(engine.read(hidden), /is part of a program/);
  await double.run();
  await assertRejects(engine.read(copy), /is part of a program/);
  assert.throws(() => engine.write(weight, [1]), 'write: tensor weight has 2 values, got 1');
});

testEachMode('a batch on the host can be written and read again', async (engine) => {
  const images = Tensor.from('uint8', [3, 2], Uint8Array.of(1, 2, 3, 4, 5, 6), 'images');
  const indices = integers('indices', 2, 0);
  const ops = new Recorder();
  const y = ops.gatherImages(images, indices, 2);
  const sums = ops.sumRows(y);
  const executable = await engine.compile(ops.finish('batch', [y, sums]));
  await executable.run();
  assert.equal([...(await engine.read(y))], [10, 12, 2, 4]);
  assert.equal([...(await engine.read(sums))], [12, 16]);
  engine.write(indices, [1, 0]);
  await executable.run();
  assert.equal([...(await engine.read(sums))], [8, 12]);
  assert.equal([...(await engine.read(indices))], [1, 0]);
});

testEachMode('doubles, and whole numbers that float32 does not hold, are refused', async (engine) => {
  const double = new Recorder();
  double.addScaled(Tensor.zeros('float64', [2], 'double'), Tensor.zeros('float64', [2], 'x'), 1);
  await assertRejects(engine.compile(double.finish('double')), /tensor double: .* float32/);
  const equal = new Recorder();
  const count = equal.countEqual(integers('a', 2 ** 24 + 1), integers('b', 1));
  const run = async (): Promise<void> => (await engine.compile(equal.finish('equal', [count]))).run();
  await assertRejects(run(), /whole numbers up to 16777216, not 16777217/);
  const one = new Recorder();
  one.addScaled(Tensor.zeros('float32', [1], 'a'), Tensor.zeros('float32', [1], 'b'), 1);
  await (await engine.compile(one.finish('one'))).run();
});

testEachMode('a training that diverges ends with an error that says so', async (engine) => {
  const count = 60;
  const examples = {
    x: Tensor.from(
      'uint8',
      [count, 3, 3, 1],
      Uint8Array.from({ length: 9 * count }, (_, i) => (i * 37) % 256),
      'images',
    ),
    y: Tensor.from(
      'uint8',
      [count],
      Uint8Array.from({ length: count }, (_, i) => i % 3),
      'labels',
    ),
  };
  const model = sequential([flatten(), dense(5), leakyRelu(), dense(3)], { inputShape: [3, 3, 1], seed: 2 });
  const split = { train: Int32Array.from({ length: count }, (_, i) => i), validation: new Int32Array() };
  const options = { epochs: 2, batchSize: 12, optimizer: sgd(), learningRate: 1e20, seed: 1 };
  const error = await trainEpochs(model, examples, split, engine, options).catch((reason: unknown) => reason);
  assert.instance(error, DivergenceError);
  assert.match((error as Error).message, /the loss became (NaN|Infinity) in epoch 1 by step [1-5]: /);
});

test.run();
