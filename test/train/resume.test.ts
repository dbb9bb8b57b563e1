import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { splitValidation } from '../../src/data/batches.ts';
import { limitTraining } from '../../src/data/dataset.ts';
import { readIdxFolder } from '../../src/data/idx/idx-folder.ts';
import { buildModel } from '../../src/model/build-model.ts';
import { presets } from '../../src/model/presets.ts';
import { encodeSafetensors } from '../../src/model/safetensors.ts';
import { readWeights } from '../../src/model/weights.ts';
import { adam } from '../../src/optim/adam.ts';
import type { Optimizer } from '../../src/optim/optimizer.ts';
import { constant, cosine, oneCycle, type Schedule } from '../../src/optim/schedules.ts';
import { sgd } from '../../src/optim/sgd.ts';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import { encodeCheckpoint, readCheckpoint } from '../../src/run/checkpoint.ts';
import { DivergenceError } from '../../src/train/divergence.ts';
import type { EpochResult } from '../../src/train/history.ts';
import { trainEpochs } from '../../src/train/train-epochs.ts';
import type { TrainingOptions } from '../../src/train/training-options.ts';
import { keptWeights, readSavedState } from '../../src/run/saved-state.ts';
import { describeWeights } from '../../src/run/weights.ts';
import type { TrainingState } from '../../src/train/training-state.ts';
import { temporaryFolder, writeTinyDataset } from '../helpers/idx-file.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());
writeTinyDataset(folder.path);
const data = limitTraining(readIdxFolder(folder.path), 100);
const split = splitValidation(100, 0.2);
/** 80 = 3·24 + 8: the last batch of an epoch is short. */
const batchSize = 24;

interface Case {
  readonly preset: string;
  readonly dropout?: number;
  readonly optimizer: () => Optimizer;
  readonly options?: Partial<TrainingOptions>;
}

/** Every network, both optimizers with state, and everything that is random or changes from step to step. */
const cases: Readonly<Record<string, Case>> = {
  'mlp with dropout, Adam, one-cycle': {
    preset: 'mlp',
    dropout: 0.2,
    optimizer: () => adam({ weightDecay: 0.01 }),
    options: { schedule: oneCycle(), labelSmoothing: 0.1, gradientClip: 0.5 },
  },
  'cnn, SGD with Nesterov momentum, augmentation': {
    preset: 'cnn',
    optimizer: () => sgd({ momentum: 0.9, nesterov: true }),
    options: { augment: { flip: true, shift: 1, rotate: 10, erase: 0.5 }, schedule: cosine({ warmup: 0.2 }) },
  },
  'cnn-dropout, Adam, L2, mean of the last weights': {
    preset: 'cnn-dropout',
    optimizer: () => adam(),
    options: { l2: 1e-3, swa: 0.5 },
  },
  'cnn-norm, SGD with momentum, class weights, average of the weights': {
    preset: 'cnn-norm',
    dropout: 0.2,
    optimizer: () => sgd({ momentum: 0.9 }),
    options: { classWeights: [1, 2, 1, 1, 0.5, 1, 1, 3, 1, 1], ema: 0.8 },
  },
};

interface Outcome {
  readonly weights: Buffer;
  readonly history: readonly EpochResult[];
  readonly states: readonly TrainingState[];
}

/** Trains in an engine of its own, so that nothing but the state can come from an earlier run. */
async function train(
  { preset, dropout = 0, optimizer, options }: Case,
  more: Partial<TrainingOptions>,
): Promise<Outcome> {
  const engine = await WasmEngine.start({ threads: 1 });
  const layers = presets[preset]!({ classes: 10, dropout });
  const model = buildModel(layers, { source: preset, inputShape: [6, 6, 1], classes: 10, seed: 5 });
  const states: TrainingState[] = [];
  const history = await trainEpochs(model, data.train, split, engine, {
    epochs: 3,
    batchSize,
    optimizer: optimizer(),
    seed: 5,
    onState: (state) => void states.push(state),
    ...options,
    ...more,
  });
  const weights = Buffer.from(encodeSafetensors(await readWeights(model, engine)));
  await engine.close();
  return { weights, history, states };
}

/** Options with which a run is aborted while it takes step `last`. */
function abortAt(
  last: number,
  schedule: Schedule = constant(),
): { readonly signal: AbortSignal; readonly schedule: Schedule } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    schedule(step, totalSteps) {
      if (step === last) controller.abort();
      return schedule(step, totalSteps);
    },
  };
}

/** Through the file, as another process would read it. */
function throughFile(state: TrainingState): TrainingState {
  const path = join(folder.path, 'last.safetensors');
  writeFileSync(path, encodeCheckpoint(state));
  return readCheckpoint(path);
}

const numbers = (history: readonly EpochResult[]): unknown =>
  history.map((result) => ({ ...result, seconds: 0, imagesPerSecond: 0 }));

for (const [what, kind] of Object.entries(cases)) {
  test(`resumed after an epoch, in the middle of one, and before validation, equal to the unbroken run: ${what}`, async () => {
    const unbroken = await train(kind, {});
    assert.is(unbroken.states.length, 3);
    const untrained = await train(kind, { epochs: 1 });
    assert.not.equal(unbroken.weights, untrained.weights, 'else this test shows nothing');

    const afterEpoch = throughFile(unbroken.states[0]!);
    const resumed = await train(kind, { resume: { state: afterEpoch, best: null } });
    assert.ok(resumed.weights.equals(unbroken.weights), 'after an epoch');
    assert.equal(numbers(resumed.history), numbers(unbroken.history));

    for (const step of [2, 4, 7]) {
      // 4: the last batch of the first epoch, its validation still to come
      const broken = await train(kind, abortAt(step, kind.options?.schedule));
      assert.is(broken.history.length, Math.floor((step - 1) / 4));
      const state = broken.states.at(-1)!;
      assert.is(state.step, step);
      const goneOn = await train(kind, { resume: { state: throughFile(state), best: null } });
      assert.ok(goneOn.weights.equals(unbroken.weights), `after step ${step}`);
      assert.equal(numbers(goneOn.history), numbers(unbroken.history), `after step ${step}`);
    }
  });
}

const mlp = cases['mlp with dropout, Adam, one-cycle']!;
/** Learns fast, and overfits soon. */
const greedy: Case = { preset: 'mlp', optimizer: () => adam(), options: { learningRate: 0.03 } };

/** The weights that onState gave at an epoch's end, as a file. */
function weightsOf(states: readonly TrainingState[], epoch: number): Buffer {
  const state = states.find(({ history, partial }) => history.length === epoch && partial.seconds === 0)!;
  return Buffer.from(encodeSafetensors(state.weights));
}

function smallest(history: readonly EpochResult[]): number {
  const losses = history.map(({ validation }) => validation!.loss);
  return losses.indexOf(Math.min(...losses)) + 1;
}

test('early stopping ends after so many epochs without a better one, with the weights of the best', async () => {
  const patience = 2;
  const { history, states, weights } = await train(greedy, { epochs: 60, earlyStopping: patience });
  assert.ok(history.length < 60, 'else this test shows nothing');
  const best = smallest(history);
  assert.is(history.length, best + patience);
  assert.ok(weights.equals(weightsOf(states, best)));
  assert.not.ok(weights.equals(weightsOf(states, history.length)));
});

test('the best weights come back however the run ends: at the limit, by an abort, by divergence', async () => {
  const whole = await train(greedy, { epochs: 60, earlyStopping: 2 });
  const best = smallest(whole.history);
  const afterBest = best + 1;

  const limited = await train(greedy, { epochs: afterBest, earlyStopping: 5 });
  assert.is(limited.history.length, afterBest);
  assert.ok(limited.weights.equals(weightsOf(whole.states, best)), 'at the limit');
  assert.ok(limited.weights.equals(weightsOf(limited.states, best)), 'at the limit');

  const aborted = await train(greedy, {
    epochs: 60,
    earlyStopping: 5,
    ...abortAt(afterBest * 4 + 2),
  });
  assert.is(aborted.history.length, afterBest);
  assert.ok(aborted.weights.equals(weightsOf(whole.states, best)), 'by an abort');

  const engine = await WasmEngine.start({ threads: 1 });
  const layers = presets['mlp']!({ classes: 10, dropout: 0 });
  const model = buildModel(layers, { source: 'mlp', inputShape: [6, 6, 1], classes: 10, seed: 5 });
  const error = await trainEpochs(model, data.train, split, engine, {
    ...greedy.options,
    epochs: 60,
    batchSize,
    optimizer: adam(),
    seed: 5,
    earlyStopping: 5,
    schedule: (step) => (step > afterBest * 4 + 1 ? 1e30 : 1),
  }).catch((reason: unknown) => reason);
  assert.instance(error, DivergenceError);
  assert.match(
    (error as Error).message,
    new RegExp(`in epoch ${afterBest + 1} by step (${afterBest * 4 + 3}|${afterBest * 4 + 4}):`),
  );
  const weights = Buffer.from(encodeSafetensors(await readWeights(model, engine)));
  assert.ok(weights.equals(weightsOf(whole.states, best)), 'by divergence');
  await engine.close();
});

test('early stopping goes on where it was: patience and best weights of before count', async () => {
  const whole = await train(greedy, { epochs: 60, earlyStopping: 2 });
  const best = smallest(whole.history);
  const state = throughFile(whole.states[best]!); // one epoch after the best
  assert.is(state.history.length, best + 1);
  const resume = { state, best: whole.states[best - 1]!.weights };
  const resumed = await train(greedy, { epochs: 60, earlyStopping: 2, resume });
  assert.is(resumed.history.length, whole.history.length);
  assert.ok(resumed.weights.equals(whole.weights));
  const error = await train(greedy, { earlyStopping: 2, resume: { state, best: null } }).catch(
    (e: unknown) => e,
  );
  assert.match((error as Error).message, new RegExp(`needs the weights of epoch ${best}, the best so far`));
});

test('a state whose steps are not those of its epochs is refused', async () => {
  const [state] = (await train(mlp, { epochs: 1 })).states;
  for (const step of [0, 3, 9, 1000]) {
    const resume = { state: { ...state!, step }, best: null };
    const error = await train(mlp, { resume }).catch((reason: unknown) => reason);
    assert.instance(error, RangeError);
    assert.match(
      (error as Error).message,
      new RegExp(`has ${step} steps and 1 finished epochs, .* has 4 steps`),
    );
  }
});

test('early stopping without images for validation, a patience of 0, and weights of too few classes are refused', async () => {
  const engine = await WasmEngine.start({ threads: 1 });
  const model = buildModel(presets['mlp']!({ classes: 10, dropout: 0 }), {
    source: 'mlp',
    inputShape: [6, 6, 1],
    classes: 10,
  });
  const attempt = (options: Partial<TrainingOptions>, share = 0.2): Promise<string> =>
    trainEpochs(model, data.train, splitValidation(100, share), engine, {
      epochs: 1,
      batchSize,
      optimizer: adam(),
      seed: 1,
      ...options,
    }).then(
      () => 'nothing was refused',
      (error: Error) => error.message,
    );
  assert.match(await attempt({ earlyStopping: 1 }, 0), /early stopping needs examples for validation/);
  assert.match(
    await attempt({ earlyStopping: 0 }),
    /early stopping: expected a number of epochs, at least 1, got 0/,
  );
  assert.match(await attempt({ classWeights: [1, 2] }), /class weights: expected 10 numbers, .* got 2/);
  assert.match(await attempt({ classWeights: [1, 2, 3, 4, 5, 6, 7, 8, 9, -1] }), /at least 0, got -1/);
  await engine.close();
});

test('weights that are no finite numbers after the last step of an epoch are no checkpoint', async () => {
  const states: TrainingState[] = [];
  const error = await train(
    { preset: 'mlp', optimizer: () => sgd() },
    {
      schedule: (step) => (step === 4 ? 1e38 : 1),
      learningRate: 10,
      onState: (state) => void states.push(state),
    },
  ).catch((reason: unknown) => reason);
  assert.instance(error, DivergenceError);
  assert.match((error as Error).message, /epoch 1 by step 4: training has diverged/);
  assert.equal(states, []);
});

test('a run that is aborted after it has diverged leaves no checkpoint', async () => {
  const states: TrainingState[] = [];
  const options = { learningRate: 1e30, onState: (state: TrainingState) => void states.push(state) };
  const abort = abortAt(3); // the loss of step 2 is the first that is not finite
  const error = await train({ preset: 'mlp', optimizer: () => sgd() }, { ...options, ...abort }).catch(
    (reason: unknown) => reason,
  );
  assert.instance(error, DivergenceError);
  assert.match((error as Error).message, /the loss became (NaN|Infinity) in epoch 1 by step [23]:/);
  assert.equal(states, []);
});

test('the state of a folder: with the best weights of its epoch, whichever file was written last', async () => {
  const { states, history } = await train(greedy, { epochs: 60, earlyStopping: 2 });
  const best = smallest(history);
  const last = history.length;
  assert.ok(best < last && best > 1, 'else this test shows nothing');
  const write = (file: string, bytes: Uint8Array): void => writeFileSync(join(folder.path, file), bytes);
  const bestFile = (epoch: number): Uint8Array =>
    encodeSafetensors(states[epoch - 1]!.weights, { epoch: String(epoch) });

  // killed after the checkpoint of the best epoch, before its weights: the older ones are still there
  write('last.safetensors', encodeCheckpoint(states[best - 1]!));
  write('best.safetensors', bestFile(1));
  const saved = readSavedState(folder.path)!;
  assert.equal(saved.best, states[best - 1]!.weights);
  assert.equal(describeWeights(keptWeights(saved, true)), `epoch ${best}, the best by validation loss`);

  write('last.safetensors', encodeCheckpoint(states[last - 1]!));
  assert.throws(
    () => readSavedState(folder.path),
    /best\.safetensors holds the weights of epoch 1, but the best/,
  );
  write('best.safetensors', bestFile(best));
  const later = readSavedState(folder.path)!;
  assert.equal(later.best, states[best - 1]!.weights);
  assert.equal(keptWeights(later, true).weights, states[best - 1]!.weights);
  assert.equal(keptWeights(later, false).weights, states[last - 1]!.weights);
  assert.is(describeWeights(keptWeights(later, false)), `epoch ${last}, the last`);
});

test('a checkpoint keeps everything; a file that is none is refused in one line', async () => {
  const [state] = (await train(mlp, { epochs: 1 })).states;
  assert.equal(throughFile(state!), state);
  assert.ok(state!.optimizer.size > 0);
  const path = join(folder.path, 'other.safetensors');
  const refused = (metadata: Record<string, string>, message: RegExp): void => {
    writeFileSync(path, encodeSafetensors(new Map(), metadata));
    assert.throws(() => readCheckpoint(path), message);
  };
  const format = 'weft training state 2';
  refused({}, /other\.safetensors: expected a checkpoint \("weft training state 2"\), found weights alone/);
  refused({ format, training: '{' }, /other\.safetensors: its state of training is not JSON/);
  refused({ format, training: '{}' }, /other\.safetensors: its state of training: step is missing/);
});

test.run();
