import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { presets } from '../../src/model/presets.ts';
import { buildModel } from '../../src/model/build-model.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/model/safetensors.ts';
import { getWeights } from '../../src/model/weights.ts';
import type { LayerDescription } from '../../src/layers/layer.ts';
import { adam } from '../../src/optim/adam.ts';
import { fit } from '../../src/train/fit.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import type { Commands } from '../../src/session/messages.ts';
import type { Session } from '../../src/session/session.ts';
import { assertRejects } from '../helpers/assert-rejects.ts';
import { counts, description, driven, piece, weightsOf } from '../helpers/session.ts';

/** Everything that is random or has state: dropout, batch normalization, a residual connection. */
const layers: LayerDescription[] = [
  { type: 'conv2d', filters: 4, padding: 'same' },
  { type: 'batch_norm' },
  { type: 'relu' },
  { type: 'residual', body: [{ type: 'conv2d', filters: 4, padding: 'same' }, { type: 'batch_norm' }] },
  { type: 'max_pool2d' },
  { type: 'flatten' },
  { type: 'dropout', rate: 0.3 },
  { type: 'dense', units: 3 },
];
const configuration: Commands['configure']['given'] = {
  network: layers,
  settings: { batchSize: 32, learningRate: 0.01, augment: { flip: true, shift: 1 } },
  engine: 'wasm',
  threads: 1,
};
const stepsPerEpoch = Math.ceil(counts.train / 32);

async function weightsAt(session: Session, step: number): Promise<Buffer> {
  await session.handle('seek', { step });
  return weightsOf(session);
}

test('a session that has all examples trains as fit does, bit for bit', async () => {
  const { session } = await driven();
  await session.handle('configure', configuration);
  await session.handle('run', { until: 2 * stepsPerEpoch });
  const there = decodeSafetensors(await weightsOf(session), 'session');
  await session.handle('close', undefined);

  const model = buildModel(layers, { source: 'test', inputShape: [5, 6, 1], classes: 3, seed: 1 });
  const [train, validation] = [piece('train'), piece('validation')];
  const x = Uint8Array.from([...train.images, ...validation.images]);
  const y = Uint8Array.from([...train.labels, ...validation.labels]);
  const count = counts.train + counts.validation;
  await fit(
    model,
    { x: Tensor.from('uint8', [count, 5, 6, 1], x), y: Tensor.from('uint8', [count], y) },
    {
      epochs: 2,
      batchSize: 32,
      optimizer: adam(),
      learningRate: 0.01,
      augment: { flip: true, shift: 1 },
      engine: 'wasm',
      validationSplit: counts.validation / count,
    },
  );
  assert.equal(encodeSafetensors(there), encodeSafetensors(getWeights(model)));
});

test('step, epoch, pause and run: where it is, and that it stops there', async () => {
  const { session, of } = await driven();
  await session.handle('configure', configuration);
  assert.equal(await session.handle('step', { count: 3 }), {
    branch: 1,
    step: 3,
    epoch: 1,
    seen: 96,
    epochExamples: 120,
    end: 3,
  });
  const { step, epoch, seen } = await session.handle('epoch', undefined);
  assert.equal([step, epoch, seen], [stepsPerEpoch, 1, 120]);
  assert.is((await session.handle('epoch', undefined)).step, 2 * stepsPerEpoch);
  assert.equal(
    of('validated').map(({ point }) => [point.step, point.epoch, point.examples]),
    [
      [4, 1, 30],
      [8, 2, 30],
    ],
  );
  // steps that are asked for at once are done one after the other
  const together = [1, 2, 1].map((count) => session.handle('step', { count }));
  assert.equal(
    (await Promise.all(together)).map((position) => position.step),
    [9, 11, 12],
  );
  const running = session.handle('run', {});
  await new Promise((resolve) => setTimeout(resolve, 50));
  await assertRejects(session.handle('run', {}), /^it runs already: pause it first$/);
  // commands have their turn while it runs
  const evaluation = await session.handle('evaluate', { part: 'test' });
  assert.is(evaluation.examples, counts.test);
  const measures = await session.handle('measure', { part: 'validation' });
  const [rows, diagonal] = [measures.confusion.flat(), measures.confusion.map((row, index) => row[index]!)];
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b);
  assert.is(sum(rows), counts.validation);
  assert.is(sum(diagonal) / sum(rows), measures.accuracy);
  const paused = await session.handle('pause', undefined);
  assert.equal(await running, paused);
  assert.ok(paused.step > 12, `${paused.step} steps`);
  const last = of('progress').at(-1)!;
  assert.equal([last.isRunning, last.position.step], [false, paused.step]);
  await session.handle('close', undefined);
});

test('at most so many steps a second; a pause does not wait for the next', async () => {
  const { session } = await driven();
  await session.handle('configure', configuration);
  const start = performance.now();
  const { step } = await session.handle('run', { until: 4, stepsPerSecond: 40 });
  assert.is(step, 4);
  assert.ok(performance.now() - start >= 3 * 25 - 5);
  void session.handle('run', { stepsPerSecond: 0.01 });
  await session.handle('step', { count: 1 });
  assert.is((await session.handle('pause', undefined)).step, 6);
  await session.handle('close', undefined);
});

test('seek: the weights that were there, bit for bit, from any step, also with few snapshots', async () => {
  const { session } = await driven();
  await session.handle('configure', configuration);
  const weights = [await weightsOf(session)];
  for (let step = 1; step <= 70; step++) {
    await session.handle('step', { count: 1 });
    weights.push(await weightsOf(session));
  }
  for (const step of [70, 0, 33, 3, 69, 51, 4, 63, 1]) {
    assert.ok((await weightsAt(session, step)).equals(weights[step]!), `step ${step}`);
  }
  // going on from the past without a change gives the same future
  await session.handle('seek', { step: 20 });
  const { step, end, branch } = await session.handle('run', { until: 65 });
  assert.equal([step, end, branch], [65, 70, 1]);
  assert.ok((await weightsOf(session)).equals(weights[65]!));
  await assertRejects(
    session.handle('seek', { step: 71 }),
    /^the run has steps from 0 to 70; asked for is step 71$/,
  );
  await session.handle('close', undefined);
});

test('settings change while it runs: replayed where they changed; in the past they begin a branch', async () => {
  const { session } = await driven();
  await session.handle('configure', configuration);
  await session.handle('step', { count: 3 });
  const changes: Partial<Commands['set']['given']>[] = [
    { learningRate: 0.002 },
    { batchSize: 20 },
    { optimizer: 'sgd', momentum: 0.9, learningRate: 0.05 },
    { dropout: 0.6, labelSmoothing: 0.1, augment: {} },
    { optimizer: 'adam', weightDecay: 0.01, learningRate: 0.01, l2: 0.001 },
  ];
  const weights = new Map<number, Buffer>();
  for (const change of changes) {
    await session.handle('set', change);
    for (let i = 0; i < 3; i++) {
      const { step } = await session.handle('step', { count: 1 });
      weights.set(step, await weightsOf(session));
    }
  }
  for (const [step, expected] of [...weights].toReversed()) {
    assert.ok((await weightsAt(session, step)).equals(expected), `step ${step}`);
  }
  await session.handle('seek', { step: 8 });
  const { branch, end } = await session.handle('set', { learningRate: 0.5 });
  assert.equal([branch, end], [2, 8]);
  await session.handle('step', { count: 4 });
  assert.is((await weightsOf(session)).equals(weights.get(12)!), false);
  const other = await weightsOf(session);
  await session.handle('seek', { step: 12, branch: 1 });
  assert.ok((await weightsOf(session)).equals(weights.get(12)!));
  await session.handle('seek', { step: 12, branch: 2 });
  assert.ok((await weightsOf(session)).equals(other));
  const branches = await session.handle('branches', undefined);
  assert.equal(
    branches.map((facts) => [facts.id, facts.fork, facts.end]),
    [
      [1, null, 18],
      [2, { branch: 1, step: 8 }, 12],
    ],
  );
  assert.equal(
    branches[0]!.segments.map(({ from }) => from),
    [0, 3, 6, 9, 12, 15],
  );
  await session.handle('close', undefined);
});

test('examples that come while it trains count from the next epoch on, also when the run is replayed', async () => {
  const { session, of } = await driven();
  await session.handle('describe', description);
  await assertRejects(session.handle('configure', configuration), /^there are no training images yet$/);
  await session.handle('give', piece('train', 0, 50));
  const facts = await session.handle('configure', { ...configuration, watch: [0, 1] });
  assert.equal([facts.examples.train, facts.isComplete], [50, false]);
  await session.handle('step', { count: 1 });
  await session.handle('give', piece('train', 50, 70));
  await session.handle('give', piece('validation'));
  const { epochExamples } = await session.handle('step', { count: 1 });
  assert.is(epochExamples, 50);
  const next = await session.handle('step', { count: 2 });
  assert.equal([next.step, next.epoch, next.seen, next.epochExamples], [4, 2, 64, 120]);
  const weights = await weightsOf(session);
  await session.handle('seek', { step: 0 });
  assert.is((await session.handle('step', { count: 4 })).epochExamples, 120);
  assert.ok((await weightsOf(session)).equals(weights));
  assert.ok((await weightsAt(session, 1)).length > 0);
  assert.ok((await weightsAt(session, 4)).equals(weights));
  assert.is(of('frame').at(-1)!.probabilities.length, 2 * 3);
  await session.handle('close', undefined);
});

test('examples that come while it is in the past count where the run goes on', async () => {
  const { session } = await driven();
  await session.handle('describe', description);
  await session.handle('give', piece('train', 0, 50));
  await session.handle('configure', configuration);
  await session.handle('step', { count: 6 });
  await session.handle('set', { learningRate: 0.02 });
  await session.handle('step', { count: 1 });
  await session.handle('seek', { step: 1 });
  await session.handle('give', piece('train', 50, 70));
  assert.is((await session.handle('step', { count: 6 })).epochExamples, 50);
  const { step, epochExamples } = await session.handle('step', { count: 3 });
  assert.equal([step, epochExamples], [10, 120]);
  const [facts] = await session.handle('branches', undefined);
  assert.equal(
    facts!.segments.map(({ from, settings, examples }) => [from, settings.learningRate, examples]),
    [
      [0, 0.01, 50],
      [6, 0.02, 50],
      [7, 0.02, 120],
    ],
  );
  await session.handle('close', undefined);
});

test('a loss that is no number ends the run with an event, and the steps before are there', async () => {
  const { session, of } = await driven();
  await session.handle('configure', {
    ...configuration,
    network: [{ type: 'flatten' }, { type: 'dense', units: 3 }],
  });
  await session.handle('step', { count: 2 });
  const weights = await weightsOf(session);
  await session.handle('set', { optimizer: 'sgd', learningRate: 1e38 });
  const diverged = /^the loss became (NaN|-?Infinity) in epoch \d+ by step \d+: training has diverged/;
  await assertRejects(session.handle('run', { until: 100 }), diverged);
  assert.match(of('failed').at(-1)!.message, diverged);
  assert.ok((await weightsAt(session, 2)).equals(weights));
  await session.handle('set', { optimizer: 'adam', learningRate: 0.01 });
  assert.is((await session.handle('step', { count: 5 })).step, 7);
  await session.handle('close', undefined);
});

test('import begins a branch with the weights of a file; another network is refused, and nothing is lost', async () => {
  const { session } = await driven();
  await session.handle('configure', configuration);
  await session.handle('step', { count: 5 });
  const weights = await weightsOf(session);
  await session.handle('seek', { step: 2 });
  const { branch, step } = await session.handle('import', { bytes: weights, name: 'mine' });
  assert.equal([branch, step], [2, 2]);
  assert.ok((await weightsOf(session)).equals(weights));
  await session.handle('step', { count: 3 });
  assert.ok((await weightsAt(session, 2)).equals(weights));
  const wrong = encodeSafetensors(new Map([['dense_9/kernel', { shape: [1], values: new Float32Array(1) }]]));
  await assertRejects(
    session.handle('import', { bytes: wrong, name: 'wrong' }),
    /^wrong: the model has no parameter/,
  );
  await assertRejects(session.handle('import', { bytes: Uint8Array.of(1, 2, 3), name: 'bad' }), /^bad: /);
  assert.ok((await weightsOf(session)).equals(weights));
  for (const [kind, pattern] of [
    ['onnx', /network/],
    ['json', /^\{\s*"format": ?"weft network 1"/],
    ['history', /^part,step,epoch,loss,accuracy\n/],
  ] as const) {
    const { bytes, fileName } = await session.handle('export', { kind });
    assert.match(Buffer.from(bytes).toString('latin1'), pattern, fileName);
  }
  await session.handle('close', undefined);
});

test('what cannot be done is one line, and changes nothing', async () => {
  const { session } = await driven();
  const fails = async <Name extends keyof Commands>(
    name: Name,
    given: unknown,
    message: RegExp,
  ): Promise<void> => assertRejects(session.handle(name, given as Commands[Name]['given']), message);
  await fails('step', { count: 1 }, /^there is no network yet: configure one$/);
  await fails('fly' as 'run', {}, /^there is no command fly; there are describe, give, /);
  await fails('configure', { network: 'cnm' }, /^there is no network cnm; there are mlp, /);
  await fails('configure', { network: [{ type: 'dence' }] }, /dence.*dense/);
  await fails(
    'configure',
    { network: 'mlp', settings: { rate: 1 } },
    /^settings: unknown option rate; .*learningRate/,
  );
  await session.handle('configure', configuration);
  await session.handle('step', { count: 2 });
  const weights = await weightsOf(session);
  await fails('set', { batchSize: 0 }, /^settings: batchSize must be a positive integer, got 0$/);
  await fails('set', { augment: { shift: 99 } }, /^augment: shift must be a whole number from 0 to 4/);
  await fails('step', { count: 0.5 }, /^step: expected a positive integer, got 0.5$/);
  await fails('run', { stepsPerSecond: -1 }, /^run: stepsPerSecond must be a positive number, got -1$/);
  await fails('seek', { step: 1, branch: 4 }, /^there is no branch 4; there are 1$/);
  await fails(
    'export',
    { kind: 'png' },
    /^export: expected one of safetensors, onnx, json, history, got png$/,
  );
  await fails('predict', { images: new Float32Array(29) }, /^predict: 29 numbers are no images of 5×6×1$/);
  await fails('give', piece('train', 0, 5), /^small images: train images from 0 to 5: 120 of 120 are there$/);
  await fails(
    'inspect',
    { part: 'test', positions: [20] },
    /^there are 20 test images, from 0; asked for is 20$/,
  );
  assert.ok((await weightsOf(session)).equals(weights));
  assert.is((await session.handle('step', { count: 1 })).step, 3);
  await session.handle('close', undefined);
});

test('every preset can be driven', async () => {
  const { session } = await driven();
  for (const network of Object.keys(presets).filter((name) => name !== 'table')) {
    const facts = await session.handle('configure', { ...configuration, network });
    assert.is(facts.network, network);
    assert.equal(facts.layers.at(-1)!.shape, [3]);
    await session.handle('step', { count: 1 });
  }
  await session.handle('close', undefined);
});

test.run();
