import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  adam,
  batchNorm,
  conv2d,
  dense,
  type EpochResult,
  evaluate,
  Evaluator,
  type LabelledImages,
  fit,
  trainEpochs,
  flatten,
  loadWeights,
  predict,
  ReferenceEngine,
  relu,
  saveWeights,
  sequential,
  type Sequential,
  splitValidation,
  Tensor,
} from '../../src/node.ts';
import { RandomStream } from '../../src/tensor/random.ts';
import { temporaryFolder } from '../helpers/idx-file.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());

/** 5×4 images of 3 classes: the rows of an image are brighter, the higher its label. */
function striped(count: number): LabelledImages {
  const random = new RandomStream(5, 'images');
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  const pixels = Uint8Array.from(
    { length: count * 20 },
    (_, i) => random.uniform(i) * 60 + 90 * labels[Math.floor(i / 20)]!,
  );
  return {
    x: Tensor.from('uint8', [count, 5, 4, 1], pixels, 'images'),
    y: Tensor.from('uint8', [count], labels, 'labels'),
  };
}
const examples = striped(70);

/** With averages that training changes without gradients. */
function network(seed = 1): Sequential {
  const layers = [conv2d(3, { kernelSize: 3 }), batchNorm(), relu(), flatten(), dense(3)];
  return sequential(layers, { inputShape: [5, 4, 1], seed });
}

test('fit: the same history as with the parts, and the weights are in the network afterwards', async () => {
  const options = { epochs: 12, batchSize: 16, learningRate: 0.02 };
  const model = network();
  const history = await fit(model, examples, { ...options, engine: 'reference' });

  const same = network();
  const engine = new ReferenceEngine();
  const split = splitValidation(70, 0.2);
  const expected = await trainEpochs(same, examples, split, engine, {
    ...options,
    optimizer: adam(),
    seed: 1,
  });
  const losses = (results: readonly EpochResult[]): number[] =>
    results.flatMap(({ loss, validation }) => [loss, validation!.loss]);
  assert.equal(losses(history), losses(expected));
  const trained = await evaluate(model, examples, { engine: 'reference' });
  assert.is(trained.loss, (await evaluate(same, examples, { engine })).loss);
});

test('fit without an engine: the next call, on another, has the weights and averages that it left', async () => {
  const model = network();
  const history = await fit(model, examples, { epochs: 12, batchSize: 16, learningRate: 0.02 });
  const { validation } = splitValidation(70, 0.2);
  const kept = await new Evaluator(model, examples, new ReferenceEngine()).evaluate(validation);
  assert.ok(Math.abs(kept.loss - history.at(-1)!.validation!.loss) < 1e-5);
});

test('fit that ends with an error: the weights of that moment are in the network', async () => {
  const model = network();
  const before = await evaluate(model, examples);
  const onEpoch = ({ epoch }: EpochResult): void => {
    if (epoch === 2) throw new Error('enough');
  };
  await refused(() => fit(model, examples, { onEpoch }), /^enough$/);
  const after = await evaluate(model, examples);
  assert.ok(after.loss < before.loss);
});

test('fit goes on where it stopped', async () => {
  const model = network();
  const [first] = await fit(model, examples, { epochs: 1, validationSplit: 0 });
  const [second] = await fit(model, examples, { epochs: 1, validationSplit: 0 });
  assert.is(first!.validation, null);
  assert.ok(second!.loss < first!.loss);
});

test('an engine that is given stays open, with the weights that it has', async () => {
  const model = network();
  const engine = new ReferenceEngine();
  let closed = 0;
  engine.close = () => Promise.resolve(void (closed += 1));
  await fit(model, examples, { engine, epochs: 1 });
  await evaluate(model, examples, { engine });
  assert.is(closed, 0);
});

test('predict: what evaluate says, for any number of images', async () => {
  const model = network();
  const expected = await evaluate(model, examples, { engine: 'reference' });
  for (const count of [1, 3, 70]) {
    const images = Tensor.from('uint8', [count, 5, 4, 1], examples.x.values.subarray(0, count * 20));
    for (const [engine, tolerance] of [
      ['reference', 0],
      ['auto', 1e-6],
    ] as const) {
      const { predicted, probabilities } = await predict(model, images, { engine });
      assert.equal(predicted, expected.predicted.subarray(0, count));
      assert.is(probabilities.length, count * 3);
      for (const [i, p] of probabilities.entries()) {
        assert.ok(Math.abs(p - expected.probabilities[i]!) <= tolerance);
      }
    }
  }
});

async function refused(action: () => Promise<unknown>, message: RegExp): Promise<void> {
  const error = await action().then(
    () => new Error('it was not refused'),
    (error: unknown) => error as Error,
  );
  assert.match(error.message, message);
}

test('images of another shape, and labels that are not theirs, are refused', async () => {
  const wide = Tensor.zeros('uint8', [2, 4, 5, 1], 'wide');
  await refused(
    () => predict(network(), wide),
    /^predict: x is \[2, 4, 5, 1\], each example \[4, 5, 1\]; the network takes \[5, 4, 1\]$/,
  );
  const { x } = examples;
  const y = Tensor.zeros('uint8', [69], 'labels');
  await refused(() => evaluate(network(), { x, y }), /there are 70 examples in x, 69 in y/);
  await refused(() => fit(network(), { x, y }), /there are 70 examples in x, 69 in y/);
  const three = Tensor.from('uint8', [70], new Uint8Array(70).fill(3), 'labels');
  await refused(() => fit(network(), { x, y: three }), /example 0 is class 3, the network has 3 classes/);
});

test('saveWeights and loadWeights: the same results, bit for bit; another network is refused', async () => {
  const path = join(folder.path, 'net.safetensors');
  const model = network();
  await fit(model, examples, { epochs: 1 });
  await saveWeights(model, path);
  const loaded = network(2);
  loadWeights(loaded, path);
  const [a, b] = [await predict(model, examples.x), await predict(loaded, examples.x)];
  assert.equal(a.probabilities, b.probabilities);

  const other = sequential([flatten(), dense(3)], { inputShape: [5, 4, 1], seed: 1 });
  assert.throws(() => loadWeights(other, path), /net\.safetensors: the model has no parameter conv2d_1/);
});

test.run();
