/**
 * Whatever runs, a timer has its turn. The aim is a twentieth of a second. A slow machine takes longer for the same pieces
 * of work, and a page's clock runs on while others have the processor, so the test allows five times as much. Without
 * turns, it is half a second and more.
 */
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  adam,
  buildModel,
  createEngine,
  evaluate,
  type Examples,
  findLearningRate,
  fit,
  presets,
  Recorder,
  type Sequential,
  Tensor,
  TrainingSteps,
} from '../../src/index.ts';
import { inPage, testInBrowser, withoutWebGpu } from '../helpers/browser.ts';
import { largestGap } from '../helpers/largest-gap.ts';
import { randomTensor } from '../helpers/random-tensor.ts';
import { noiseExamples } from '../helpers/saved-run.ts';

const most = 250;
const examples: Examples = noiseExamples(700, [28, 28, 1], 10);

function network(): Sequential {
  const layers = presets['cnn-norm']!({ classes: 10, dropout: 0.2 });
  return buildModel(layers, { source: 'cnn-norm', classes: 10, inputShape: [28, 28, 1], seed: 1 });
}

async function check(what: string, work: () => Promise<unknown>): Promise<void> {
  const gap = await largestGap(work);
  assert.ok(gap < most, `${what}: ${gap.toFixed(0)} ms without a turn`);
}

for (const threads of [1, 2]) {
  test(`fit and evaluate on ${threads} threads, from the start of the engine`, async () => {
    const model = network();
    await check('fit', async () => {
      const engine = await createEngine('wasm', { threads });
      await fit(model, examples, { engine, epochs: 1, batchSize: 128, earlyStopping: 1 });
      await engine.close();
    });
    await check('evaluate', () => evaluate(model, examples));
  });
}

test('a loop of steps of one’s own, and a test of learning rates', async () => {
  const engine = await createEngine('wasm', { threads: 1 });
  await check('steps', async () => {
    const optimizer = adam();
    const steps = new TrainingSteps({ model: network(), examples, optimizer, l2: 0 }, engine);
    const batch = Int32Array.from({ length: 64 }, (_, i) => i);
    for (let step = 1; step <= 40; step++) await steps.run(batch, step, 0.001);
  });
  await check('findLearningRate', () => {
    const positions = Int32Array.from({ length: 128 }, (_, i) => i);
    return findLearningRate(network(), examples, positions, engine, {
      batchSize: 32,
      optimizer: adam(),
      seed: 1,
      steps: 10,
    });
  });
  await engine.close();
});

test('a single run that takes long, of the wasm engine and of the reference', async () => {
  const x = randomTensor('float32', [48, 64, 64, 64], 'x');
  const filter = randomTensor('float32', [3, 3, 64, 64], 'filter');
  const ops = new Recorder();
  const program = ops.finish('convolution', [ops.conv2d(x, filter, { padding: 'same' })]);
  for (const threads of [1, 2]) {
    const engine = await createEngine('wasm', { threads });
    const executable = await engine.compile(program);
    await check(`the first run on ${threads}`, () => executable.run());
    await check(`later runs on ${threads}`, async () => {
      for (let run = 0; run < 8; run++) await executable.run();
    });
    await engine.close();
  }
  const long = new Recorder();
  let y: Tensor = randomTensor('float32', [256, 256], 'y');
  const square = y;
  for (let product = 0; product < 20; product++) y = long.matmul(y, square);
  const engine = await createEngine('reference');
  const executable = await engine.compile(long.finish('products', [y]));
  await check('the reference', () => executable.run());
});

testInBrowser('fit and evaluate in a page', () => {
  const trains = `(() => {
    const images = weft.Tensor.zeros('uint8', [300, 28, 28, 1]);
    images.values.forEach((_, i) => (images.values[i] = (i * i) % 251));
    const labels = weft.Tensor.from('uint8', [300], Uint8Array.from({ length: 300 }, (_, i) => i % 10));
    const layers = weft.presets.cnn({ classes: 10, dropout: 0 });
    const model = weft.buildModel(layers, { source: 'cnn', classes: 10, inputShape: [28, 28, 1], seed: 1 });
    return largestGap(async () => {
      await weft.fit(model, { x: images, y: labels }, { epochs: 1 });
      await weft.evaluate(model, { x: images, y: labels });
    });
  })()`;
  const script = join(import.meta.dirname, '../fixtures/page-training.ts');
  return inPage([script], { flags: withoutWebGpu }, async (page) => {
    // a page knows only the clock, which runs on while other programs have the processor: not in each of three times
    let gap = Infinity;
    for (let time = 0; time < 3 && gap >= most; time++) {
      gap = Math.min(gap, (await page.evaluate(trains)) as number);
    }
    assert.ok(gap < most, `${gap.toFixed(0)} ms without a turn`);
  });
});

test('runs of one engine that are asked for at the same time come one after the other', async () => {
  const engine = await createEngine('wasm', { threads: 2 });
  const sums = Array.from({ length: 4 }, (_, index) => {
    const a = randomTensor('float32', [512, 512], `a${index}`);
    const ones = Tensor.from('float32', [512, 64], new Float32Array(512 * 64).fill(1), 'ones');
    const ops = new Recorder();
    const total = Tensor.zeros('float32', [512, 64], 'total');
    ops.addScaled(total, ops.matmul(a, ones), 1);
    return { a, total, program: ops.finish(`sum ${index}`) };
  });
  await Promise.all(
    sums.map(async ({ program }) => {
      const executable = await engine.compile(program);
      await Promise.all([executable.run(), executable.run(), executable.run()]);
    }),
  );
  for (const { a, total } of sums) {
    const row = a.values.subarray(0, 512).reduce((sum, value) => sum + value, 0);
    const [value] = await engine.read(total);
    assert.ok(Math.abs(value! - 3 * row) < 1e-2, `${value} is not ${3 * row}`);
  }
  await engine.close();
});

test.run();
