import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { shuffled } from '../../src/data/batches.ts';
import type { LabelledImages } from '../../src/data/examples.ts';
import { batchNorm } from '../../src/layers/batch-norm.ts';
import { dense } from '../../src/layers/dense.ts';
import { flatten } from '../../src/layers/flatten.ts';
import { relu } from '../../src/layers/relu.ts';
import { SoftmaxCrossEntropy } from '../../src/layers/softmax-cross-entropy.ts';
import { type Sequential, sequential } from '../../src/layers/sequential.ts';
import { standardize } from '../../src/layers/standardize.ts';
import { adam } from '../../src/optim/adam.ts';
import type { Optimizer } from '../../src/optim/optimizer.ts';
import { sgd } from '../../src/optim/sgd.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { RandomStream } from '../../src/tensor/random.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import { trainEpochs } from '../../src/train/train-epochs.ts';
import { findLearningRate } from '../../src/train/learning-rate-finder.ts';
import { type LearningRatePoint, suggestLearningRate } from '../../src/train/suggest-learning-rate.ts';

const count = 70;
const positions = Int32Array.from({ length: count }, (_, i) => i);

/** Images of 5×4 pixels in three classes, of which each has a bright row. */
function makeExamples(): LabelledImages {
  const random = new RandomStream(1, 'pixels');
  const labels = Uint8Array.from(positions, (i) => i % 3);
  const images = Uint8Array.from({ length: count * 20 }, (_, i) => {
    const [image, row] = [Math.floor(i / 20), Math.floor((i % 20) / 4)];
    return random.uniform(i) * 100 + (row === labels[image] ? 150 : 0);
  });
  return {
    x: Tensor.from('uint8', [count, 5, 4, 1], images, 'images'),
    y: Tensor.from('uint8', [count], labels, 'labels'),
  };
}
const examples = makeExamples();

function makeModel(): Sequential {
  return sequential([flatten(), dense(7), batchNorm(), relu(), dense(3)], { inputShape: [5, 4, 1], seed: 2 });
}

const split = { train: positions, validation: new Int32Array() };
const options = { batchSize: 16, seed: 3 };

/** All that training leaves, as bytes; without an optimizer, that of the network. */
async function bytesOf(model: Sequential, optimizer: Optimizer | null, engine: Engine): Promise<unknown> {
  const tensors = [
    ...model.parameters.map(({ value }) => value),
    ...model.state,
    ...(optimizer ? [...optimizer.state.values(), optimizer.coefficients] : []),
  ];
  return Promise.all(
    tensors.map(async (tensor) => [tensor.name, [...new Uint8Array((await engine.read(tensor)).buffer)]]),
  );
}

const engines: Readonly<Record<string, () => Promise<Engine>>> = {
  reference: () => Promise.resolve(new ReferenceEngine()),
  wasm: () => WasmEngine.start({ threads: 1 }),
};
const optimizers = { adam: () => adam(), sgd: () => sgd({ momentum: 0.9 }) };

for (const [name, create] of Object.entries(engines)) {
  for (const [kind, makeOptimizer] of Object.entries(optimizers)) {
    test(`${name}, ${kind}: everything is as before, bit for bit, and training goes on as if nothing had been`, async () => {
      const results = await Promise.all(
        [true, false].map(async (withTest) => {
          const engine = await create();
          const [model, optimizer] = [makeModel(), makeOptimizer()];
          const train = (): Promise<unknown> =>
            trainEpochs(model, examples, split, engine, { ...options, optimizer, epochs: 2 });
          await train();
          if (withTest) {
            const before = await bytesOf(model, optimizer, engine);
            const range = { from: 1e-3, to: 1, steps: 20 };
            const { points } = await findLearningRate(model, examples, positions, engine, {
              ...options,
              ...range,
              optimizer,
            });
            assert.ok(points.length > 2);
            assert.equal(await bytesOf(model, optimizer, engine), before);
          }
          await train();
          const after = await bytesOf(model, optimizer, engine);
          await engine.close();
          return after;
        }),
      );
      assert.equal(results[0], results[1]);
    });
  }
}

test('an optimizer that had not been used is as new', async () => {
  const results = await Promise.all(
    [true, false].map(async (withTest) => {
      const engine = new ReferenceEngine();
      const [model, optimizer] = [makeModel(), adam()];
      if (withTest) {
        await findLearningRate(model, examples, positions, engine, { ...options, optimizer, steps: 20 });
        assert.ok(optimizer.state.size > 0);
      }
      await trainEpochs(model, examples, split, engine, { ...options, optimizer, epochs: 1 });
      return bytesOf(model, optimizer, engine);
    }),
  );
  assert.equal(results[0], results[1]);
});

test('everything is as before after an error, too', async () => {
  const engine = new ReferenceEngine();
  const [model, optimizer] = [makeModel(), adam()];
  const before = await bytesOf(model, null, engine);
  const fails = (): void => {
    throw new Error('stop');
  };
  await findLearningRate(model, examples, positions, engine, { ...options, optimizer, onStep: fails }).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'stop'),
  );
  assert.equal(await bytesOf(model, null, engine), before);
  for (const tensor of optimizer.state.values()) assert.ok((await engine.read(tensor)).every((x) => x === 0));
});

test('rates rise by a constant factor, from the first to the last', async () => {
  const { points, end } = await run({ from: 1e-4, to: 1e-2, steps: 5 });
  assert.is(end, 'complete');
  for (const [i, rate] of [1e-4, 10 ** -3.5, 1e-3, 10 ** -2.5, 1e-2].entries()) {
    assert.is(points[i]!.step, i + 1);
    assert.ok(Math.abs(points[i]!.learningRate / rate - 1) < 1e-12, `${points[i]!.learningRate}`);
  }
});

test('the smoothed loss is the mean of the losses so far, the weight of each 0.95 of that of the next', async () => {
  const { points } = await run({ from: 1e-3, to: 1, steps: 12 });
  for (const [last, { smoothedLoss }] of points.entries()) {
    const weights = points.slice(0, last + 1).map((_, i) => 0.95 ** (last - i));
    const sum = weights.reduce((total, weight, i) => total + weight * points[i]!.loss, 0);
    const mean = sum / weights.reduce((total, weight) => total + weight, 0);
    assert.ok(Math.abs(smoothedLoss - mean) < 1e-12, `step ${last + 1}: ${smoothedLoss}, ${mean}`);
  }
});

test('the losses are those of the batches of an epoch, before their updates; a short last one is left out', async () => {
  const { points } = await run({ from: 1e-30, to: 2e-30, steps: 6 }); // rates that change nothing
  const model = makeModel();
  const order = [1, 2].map((epoch) => shuffled(positions, options.seed, epoch));
  for (const [i, { loss }] of points.entries()) {
    const start = 16 * (i % 4);
    const batch = order[Math.floor(i / 4)]!.subarray(start, start + 16); // 70 images: four batches and 6 images
    const ops = new EagerOps();
    const indices = Tensor.from('int32', [16], batch, 'indices');
    const x = ops.gatherImages(examples.x, indices, 1 / 255);
    const step = Tensor.zeros('int32', [1], 'step');
    const logits = model.forward(ops, x, { training: true, step });
    const expected = new SoftmaxCrossEntropy().forward(ops, logits, ops.gatherLabels(examples.y, indices));
    assert.ok(Math.abs(loss - expected.loss.values[0]!) < 1e-6, `step ${i + 1}`);
  }
});

test('the test ends where the smoothed loss is four times its smallest, or no number', async () => {
  const { points, end } = await run({ from: 1e-3, to: 1e6, steps: 200 });
  assert.is(end, 'exploded');
  const losses = points.map(({ smoothedLoss }) => smoothedLoss);
  const smallest = Math.min(...losses.filter(Number.isFinite));
  assert.ok(points.length < 200);
  assert.not.ok(losses.at(-1)! <= 4 * smallest);
  assert.ok(losses.slice(0, -1).every((loss, i) => loss <= 4 * Math.min(...losses.slice(0, i + 1))));
});

test('a signal ends the test after the step', async () => {
  const controller = new AbortController();
  const { points, end } = await run({
    signal: controller.signal,
    onStep: ({ step }) => step === 3 && controller.abort(),
  });
  assert.equal([points.length, end], [3, 'aborted']);
});

test('batches larger than the data, and ranges that are none', async () => {
  const { points } = await run({ batchSize: 1000, steps: 3 });
  assert.is(points.length, 3);
  for (const range of [{ from: 0 }, { from: 1, to: 1 }, { to: NaN }, { steps: 1 }, { steps: 2.5 }]) {
    await run(range).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, /^findLearningRate: (rates|steps) must/),
    );
  }
});

type Options = Partial<Parameters<typeof findLearningRate>[4]>;

function run(given: Options): ReturnType<typeof findLearningRate> {
  const engine = new ReferenceEngine();
  return findLearningRate(makeModel(), examples, positions, engine, {
    ...options,
    optimizer: sgd(),
    ...given,
  });
}

/** Points at rates a tenth of a decade apart. */
function curve(losses: readonly number[]): LearningRatePoint[] {
  return losses.map((smoothedLoss, i) => ({
    step: i + 1,
    learningRate: 10 ** (-6 + i / 10),
    loss: smoothedLoss,
    smoothedLoss,
  }));
}

test('the suggestion is where the curve falls fastest', () => {
  // a logistic step down around the point 30, an explosion from 45 on
  const losses = Array.from({ length: 50 }, (_, i) => 2 - 1 / (1 + Math.exp(-(i - 30) / 2)));
  for (let i = 45; i < 50; i++) losses[i] = (i - 44) * 3;
  assert.is(suggestLearningRate(curve(losses)), 10 ** -3);
  // a jump of one point up and back down is not a slope
  losses[10] = 2.3;
  assert.is(suggestLearningRate(curve(losses)), 10 ** -3);
});

test('no suggestion where the loss does not fall, or there are too few points', () => {
  assert.is(suggestLearningRate(curve([1, 1, 1, 1, 1])), null);
  assert.is(suggestLearningRate(curve([1, 2, 3, 4, 5])), null);
  assert.is(suggestLearningRate(curve([1, 0.999, 0.998, 0.995, 0.991])), null);
  assert.is.not(suggestLearningRate(curve([1, 0.999, 0.998, 0.995, 0.989])), null);
  assert.is(suggestLearningRate(curve([2, 1])), null);
  assert.is(suggestLearningRate([]), null);
  assert.is(suggestLearningRate(curve([3, 2, NaN])), null);
});

test('layers with statistics have those of the examples in the test, and none afterwards', async () => {
  const x = Float32Array.from(positions, (i) => 1e6 + i);
  const rows = {
    x: Tensor.from('float32', [count, 1], x, 'x'),
    y: Tensor.from(
      'uint8',
      [count],
      Uint8Array.from(positions, (i) => (i < 35 ? 0 : 1)),
      'labels',
    ),
  };
  const model = sequential([standardize(), dense(2)], { inputShape: [1], seed: 2 });
  const engine = new ReferenceEngine();
  const before = await bytesOf(model, null, engine);
  const { points } = await findLearningRate(model, rows, positions, engine, {
    ...options,
    steps: 3,
    optimizer: adam(),
  });
  assert.ok(points[0]!.loss < 5, `loss ${points[0]!.loss} of numbers of about 1`);
  assert.equal(await bytesOf(model, null, engine), before);
  await engine.close();
});

test.run();
