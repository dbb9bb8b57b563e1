import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { splitValidation } from '../../src/data/batches.ts';
import { readIdxFolder } from '../../src/data/idx/idx-folder.ts';
import { dense } from '../../src/layers/dense.ts';
import { dropout } from '../../src/layers/dropout.ts';
import { flatten } from '../../src/layers/flatten.ts';
import { relu } from '../../src/layers/relu.ts';
import { sequential, type Sequential } from '../../src/layers/sequential.ts';
import { readWeights } from '../../src/model/weights.ts';
import { adam } from '../../src/optim/adam.ts';
import { sgd } from '../../src/optim/sgd.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { Evaluator } from '../../src/train/evaluator.ts';
import type { ArrayOf, DataType, Tensor } from '../../src/tensor/tensor.ts';
import { DivergenceError } from '../../src/train/divergence.ts';
import type { EpochResult } from '../../src/train/history.ts';
import { trainEpochs } from '../../src/train/train-epochs.ts';
import type { BatchProgress, TrainingOptions } from '../../src/train/training-options.ts';
import { classReports, confusionMatrix } from '../../src/train/metrics.ts';
import { TrainingSteps } from '../../src/train/training-steps.ts';
import { assertClose } from '../helpers/close.ts';
import { temporaryFolder, writeTinyDataset } from '../helpers/idx-file.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const folder = temporaryFolder();
test.after(() => folder.remove());
writeTinyDataset(folder.path);
const data = readIdxFolder(folder.path);
const split = splitValidation(300, 0.2);

function makeModel(seed: number): Sequential {
  return sequential([flatten(), dense(20), relu(), dropout(0.1), dense(10)], { inputShape: [6, 6, 1], seed });
}

async function run(
  options: Partial<TrainingOptions> = {},
): Promise<{ model: Sequential; history: EpochResult[]; weights: Float32Array[] }> {
  const seed = options.seed ?? 1;
  const engine = new ReferenceEngine();
  const model = makeModel(seed);
  const history = await trainEpochs(model, data.train, split, engine, {
    epochs: 3,
    batchSize: 32, // 240 = 7·32 + 16: the last batch is short
    optimizer: adam(),
    seed,
    ...options,
  });
  const weights = [...(await readWeights(model, engine)).values()].map(({ values }) => values);
  return { model, history, weights };
}

test('training learns: above 90 % of a small data set after 30 epochs, from chance', async () => {
  const { model, history } = await run({ epochs: 30 });
  assert.ok(history[0]!.accuracy < 0.5, `first epoch ${history[0]!.accuracy}`);
  assert.ok(history.at(-1)!.validation!.accuracy > 0.9, `validation ${history.at(-1)!.validation!.accuracy}`);
  const held = new Evaluator(model, data.test, new ReferenceEngine());
  const { accuracy, predicted } = await held.evaluate(Int32Array.from({ length: 50 }, (_, i) => i));
  assert.ok(accuracy > 0.9, `test ${accuracy}`);
  assert.is(predicted.filter((y, i) => y === data.test.y.values[i]).length / 50, accuracy);
});

test('the same seed gives the same weights and history, bit for bit; another seed does not', async () => {
  const [a, b, c] = [await run(), await run(), await run({ seed: 2 })];
  const strip = (history: readonly EpochResult[]) =>
    history.map(({ loss, validation }) => ({ loss, validation }));
  assert.equal(a.weights, b.weights);
  assert.equal(strip(a.history), strip(b.history));
  assert.not.equal(a.weights, c.weights);
});

test('the loss of an epoch is the mean over its images, the short batch weighted by its size', async () => {
  // with a learning rate of 0 nothing changes, so the epoch's loss is that of the untrained network
  const engine = new ReferenceEngine();
  const model = sequential([flatten(), dense(10)], { inputShape: [6, 6, 1], seed: 1 });
  const [epoch] = await trainEpochs(model, data.train, split, engine, {
    epochs: 1,
    batchSize: 32,
    optimizer: sgd(),
    learningRate: 0,
    seed: 1,
  });
  const { loss, accuracy } = await new Evaluator(model, data.train, engine).evaluate(split.train);
  assertClose([epoch!.loss], [loss], { rtol: 1e-6, atol: 0 });
  assert.is(epoch!.accuracy, accuracy);
});

test('the L2 penalty is part of the reported loss', async () => {
  const optimizer = sgd();
  const options = { epochs: 1, optimizer, learningRate: 0 };
  const [plain, penalised] = [await run(options), await run({ ...options, l2: 0.01 })];
  const squares = plain.model.parameters
    .filter(({ decay }) => decay)
    .reduce((sum, { value }) => sum + [...value.values].reduce((s, w) => s + w * w, 0), 0);
  const difference = penalised.history[0]!.validation!.loss - plain.history[0]!.validation!.loss;
  assertClose([difference], [0.01 * squares], { rtol: 1e-4, atol: 0 });
});

test('label smoothing is part of the loss that is trained on, not of the one that validation reports', async () => {
  // with a learning rate of 0 all losses are those of the untrained network; q·(−log p) is linear in the targets
  const options = { epochs: 1, optimizer: sgd(), learningRate: 0 };
  const [plain, half, ninety] = [
    await run(options),
    await run({ ...options, labelSmoothing: 0.5 }),
    await run({ ...options, labelSmoothing: 0.9 }),
  ].map(({ history }) => history[0]!);
  assert.is(half!.validation!.loss, plain!.validation!.loss);
  const slope = (half!.loss - plain!.loss) / 0.5;
  assertClose([ninety!.loss - plain!.loss], [0.9 * slope], { rtol: 1e-4, atol: 0 });
  assert.ok(Math.abs(slope) > 1e-3, `${slope}`);
});

test('a loss that is no longer finite stops the run within the epoch; the error names epoch and step', async () => {
  const error = await run({ optimizer: sgd(), learningRate: 1e20 }).catch((reason: unknown) => reason);
  assert.instance(error, DivergenceError);
  assert.match(
    (error as Error).message,
    /the loss became (NaN|Infinity) in epoch 1 by step [1-8]: .* lower learning rate/,
  );
});

test('an abort ends after the current batch, with the epochs that were finished', async () => {
  const controller = new AbortController();
  const steps: number[] = [];
  const { history } = await run({
    signal: controller.signal,
    schedule(step) {
      steps.push(step);
      if (step === 10) controller.abort(); // the second batch of the second epoch
      return 1;
    },
  });
  assert.is(history.length, 1);
  assert.is(steps.at(-1), 10);
});

/** Counts how often training reads something back. */
class CountingEngine extends ReferenceEngine {
  reads: string[] = [];
  override read<D extends DataType>(tensor: Tensor<D>): Promise<ArrayOf<D>> {
    this.reads.push(tensor.name);
    return super.read(tensor);
  }
}

test('the totals are read when they are reported, not after each step', async () => {
  const engine = new CountingEngine();
  let reports = 0;
  await trainEpochs(makeModel(1), data.train, splitValidation(300, 0), engine, {
    epochs: 3,
    batchSize: 1,
    optimizer: sgd(),
    seed: 1,
    onBatch: () => void reports++,
  });
  assert.ok(reports >= 3 && reports < 450, `${reports} reports of 900 steps`);
  const each = Array.from({ length: reports }, () => ['loss total', 'metric total']).flat();
  assert.equal(engine.reads, each);
});

test('the last batch of an epoch is always reported, with the numbers of the epoch', async () => {
  const reported = new Map<number, BatchProgress>();
  const { history } = await run({ onBatch: (progress) => void reported.set(progress.epoch, progress) });
  assert.equal(
    [...reported.values()].map(({ epoch, images, totalImages, loss, accuracy }) => [
      epoch,
      images,
      totalImages,
      loss,
      accuracy,
    ]),
    history.map(({ epoch, loss, accuracy }) => [epoch, 240, 240, loss, accuracy]),
  );
});

test('memory: 200 training steps leave nothing behind (heap and buffers grow by less than 1 MB)', async () => {
  const engine = new ReferenceEngine();
  const steps = new TrainingSteps(
    { model: makeModel(1), examples: data.train, optimizer: adam(), l2: 0 },
    engine,
  );
  const batch = split.train.slice(0, 64);
  const runSteps = async (count: number): Promise<number> => {
    for (let step = 1; step <= count; step++) await steps.run(batch, step, 0.001);
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  await runSteps(200);
  const before = await runSteps(1);
  const after = await runSteps(200);
  assert.ok(after - before < 2 ** 20, `${after - before} bytes more`);
});

test('confusion, precision, recall and F1: worked by hand', () => {
  const confusion = confusionMatrix([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 1], 3);
  assert.equal(confusion, [
    [2, 1, 0],
    [1, 1, 0],
    [0, 1, 0],
  ]);
  const [zero, one, two] = classReports(confusion);
  assert.equal(zero, { precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, support: 3 });
  assert.equal(one, { precision: 1 / 3, recall: 1 / 2, f1: 0.4, support: 2 });
  assert.equal(two, { precision: NaN, recall: 0, f1: 0, support: 1 });
});

test.run();
