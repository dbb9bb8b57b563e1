import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loss, type LossResult, mostLossRows } from '../../../../src/engine/gpu/wgsl/loss.ts';
import { EagerOps } from '../../../../src/tensor/reference/eager.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { assertClose, assertSameBits } from '../../../helpers/close.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';
import { closeDevice, runKernel, testOnDevice, unset } from '../../../helpers/wgsl.ts';

/** One row, one class, primes, a batch of each size that the threads have to share out differently. */
const shapes = [
  [1, 1],
  [1, 10],
  [2, 3],
  [64, 10],
  [61, 7],
  [257, 10],
  [1000, 2],
  [1024, 31],
] as const;
const tolerance = { rtol: 1e-5, atol: 1e-6 };

interface Setup {
  readonly logits: Tensor;
  readonly labels: Tensor<'int32'>;
  readonly labelSmoothing: number;
  readonly classWeights?: Tensor | undefined;
}

/** Logits that reach far, with ties for the largest. */
function setUp(rows: number, columns: number, spread: number): Pick<Setup, 'logits' | 'labels'> {
  const logits = randomTensor('float32', [rows, columns], 'logits');
  logits.values.forEach((value, i) => (logits.values[i] = Math.round(value * spread * 4) / 4));
  const labels = Int32Array.from({ length: rows }, (_, i) => (i * 7) % columns);
  return { logits, labels: Tensor.from('int32', [rows], labels, 'labels') };
}

/** By the reference. */
function expected({ logits, labels, labelSmoothing, classWeights }: Setup): Record<LossResult, number[]> {
  const ops = new EagerOps();
  const { losses, probabilities } = ops.softmaxCrossEntropy(logits, labels, labelSmoothing);
  const gradient = ops.softmaxCrossEntropyBackward(probabilities, labels, labelSmoothing);
  const weighted = (x: Tensor): Tensor => (classWeights ? ops.weightByClass(x, labels, classWeights) : x);
  const meanLoss = ops.mean(weighted(losses)).values[0]!;
  const predictions = ops.argmax(logits);
  const correct = ops.countEqual(predictions, labels).values[0]!;
  return {
    loss: [meanLoss],
    losses: [...weighted(losses).values],
    probabilities: [...probabilities.values],
    dLogits: [...weighted(gradient).values],
    predictions: [...predictions.values],
    correct: [correct],
    lossTotal: [before.lossTotal + labels.size * meanLoss],
    correctTotal: [before.correctTotal + correct],
  };
}

/** What the totals hold already. */
const before = { lossTotal: 1000, correctTotal: 12 };

/** By the kernel. */
async function run(setup: Setup, results: readonly LossResult[]): Promise<Map<LossResult, Float32Array>> {
  const { logits, labels, labelSmoothing, classWeights } = setup;
  const [rows, columns] = logits.shape as [number, number];
  const arrays = new Map(
    results.map((result) => {
      if (result === 'lossTotal' || result === 'correctTotal')
        return [result, Float32Array.of(before[result])];
      const perRow = ['losses', 'predictions'].includes(result);
      const single = ['loss', 'correct'].includes(result);
      return [result, unset(single ? 1 : perRow ? rows : rows * columns)];
    }),
  );
  await runKernel(
    loss({ rows, columns, labelSmoothing, classWeights: classWeights ? 'given' : undefined, results }),
    [
      logits.values as Float32Array,
      Float32Array.from(labels.values),
      ...(classWeights ? [classWeights.values as Float32Array] : []),
      ...arrays.values(),
    ],
  );
  return arrays;
}

async function check(setup: Setup, results: readonly LossResult[], what: string): Promise<void> {
  const reference = expected(setup);
  const arrays = await run(setup, results);
  assert.is(arrays.size, results.length);
  for (const [result, values] of arrays) {
    if (['predictions', 'correct', 'correctTotal'].includes(result)) {
      assertSameBits(values, reference[result], `${what}: ${result}`);
    } else assertClose(values, reference[result], tolerance, `${what}: ${result}`);
  }
}

const ofTraining: readonly LossResult[] = ['dLogits', 'loss', 'correct', 'lossTotal', 'correctTotal'];
const ofInference: readonly LossResult[] = ['losses', 'probabilities', 'loss', 'predictions', 'correct'];

testOnDevice('loss, gradient, right predictions and totals of a training step', async () => {
  for (const [rows, columns] of shapes) {
    for (const labelSmoothing of [0, 0.1]) {
      const setup = { ...setUp(rows, columns, 3), labelSmoothing };
      await check(setup, ofTraining, `${rows}×${columns}, α ${labelSmoothing}`);
    }
  }
});

testOnDevice('losses, probabilities and predictions for inference', async () => {
  for (const [rows, columns] of shapes) {
    for (const labelSmoothing of [0, 0.25]) {
      const setup = { ...setUp(rows, columns, 3), labelSmoothing };
      await check(setup, ofInference, `${rows}×${columns}, α ${labelSmoothing}`);
    }
  }
});

testOnDevice('results can be in any order, and only those are written that are asked for', async () => {
  const setup = { ...setUp(5, 4, 2), labelSmoothing: 0 };
  for (const results of [
    ['loss'],
    ['predictions'],
    ['correctTotal', 'dLogits'],
    ofInference.toReversed(),
  ] as const) {
    await check(setup, results, results.join(', '));
  }
});

testOnDevice('weights of the classes', async () => {
  for (const labelSmoothing of [0, 0.1]) {
    const classWeights = randomTensor('float32', [7], 'weights');
    const setup = { ...setUp(61, 7, 3), labelSmoothing, classWeights };
    await check(setup, ofTraining, `weighted, α ${labelSmoothing}`);
    await check(setup, ['losses', 'probabilities'], `weighted, α ${labelSmoothing}`);
  }
});

testOnDevice('logits of any size: nothing overflows', async () => {
  for (const shift of [-1e4, 1e4]) {
    const { logits, labels } = setUp(33, 5, 100);
    logits.values.forEach((value, i) => (logits.values[i] = value + shift));
    await check({ logits, labels, labelSmoothing: 0.1 }, ofTraining.slice(0, 2), `shifted by ${shift}`);
  }
});

testOnDevice('NaN in one logit, wherever it is, makes the loss and the total NaN', async () => {
  for (const labelSmoothing of [0, 0.1]) {
    for (const at of [0, 4, 9, 10, 634, 639]) {
      const { logits, labels } = setUp(64, 10, 3);
      logits.values[at] = Number.NaN;
      const results = await run({ logits, labels, labelSmoothing }, ['loss', 'lossTotal']);
      assert.equal(
        [...results.values()].flatMap((values) => [...values]),
        [Number.NaN, Number.NaN],
        `at ${at}`,
      );
    }
  }
});

test('one workgroup takes 1,024 rows', () => {
  assert.is(mostLossRows, 1024);
  const limits = { columns: 10, labelSmoothing: 0, results: ['loss'] } as const;
  assert.equal(loss({ rows: 1024, ...limits }).groups, [1, 1, 1]);
  assert.throws(() => loss({ rows: 1025, ...limits }), /1025 rows, but it takes 1024 at most/);
});

test('more results than a kernel has buffers are refused', () => {
  const setup = { rows: 2, columns: 3, labelSmoothing: 0, results: [...ofInference, ...ofTraining] };
  assert.throws(() => loss(setup), /12 buffers, but a kernel has 8 at most/);
});

test.after(closeDevice);
test.run();
