import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { splitValidation } from '../../src/data/batches.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { dense } from '../../src/layers/dense.ts';
import { relu } from '../../src/layers/relu.ts';
import { sequential } from '../../src/layers/sequential.ts';
import { encodeSafetensors, type NamedValues } from '../../src/model/safetensors.ts';
import { getWeights, readWeights } from '../../src/model/weights.ts';
import { sgd } from '../../src/optim/sgd.ts';
import { EqualAverage, ExponentialAverage } from '../../src/optim/weight-average.ts';
import { keptWeights } from '../../src/run/saved-state.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { Evaluator } from '../../src/train/evaluator.ts';
import { fit } from '../../src/train/fit.ts';
import { trainEpochs } from '../../src/train/train-epochs.ts';
import type { TrainingOptions } from '../../src/train/training-options.ts';
import type { TrainingState } from '../../src/train/training-state.ts';
import { assertClose } from '../helpers/close.ts';
import { randomTensor } from '../helpers/random-tensor.ts';

const decay = 0.7;
const examples = {
  x: randomTensor('float32', [30, 4], 'x'),
  y: Tensor.from(
    'uint8',
    [30],
    Uint8Array.from({ length: 30 }, (_, i) => i % 3),
    'y',
  ),
};
const split = splitValidation(30, 0.2);

const network = () => sequential([dense(5), relu(), dense(3)], { inputShape: [4], seed: 2 });

/** One step an epoch, so that the states are those after each step. */
async function run(options: Partial<TrainingOptions>) {
  const engine = new ReferenceEngine();
  const model = network();
  const states: TrainingState[] = [];
  const history = await trainEpochs(model, examples, split, engine, {
    epochs: 6,
    batchSize: 24,
    optimizer: sgd({ momentum: 0.9 }),
    learningRate: 0.5,
    seed: 1,
    onState: (state) => void states.push(state),
    ...options,
  });
  return { engine, model, states, history };
}

const bytes = (weights: ReadonlyMap<string, NamedValues>): Buffer =>
  Buffer.from(encodeSafetensors(new Map(weights)));

test('the average of the weights after each step is the sum by its definition', async () => {
  const { states } = await run({ ema: decay });
  assert.is(states.length, 6);
  for (const [index, { result }] of states.entries()) {
    const t = index + 1;
    for (const [name, { values }] of result!) {
      const expected = Array.from(values, (_, i) => {
        // w̄ = (1 − β)·Σ βᵗ⁻ˢ·w_s / (1 − βᵗ)
        const terms = states
          .slice(0, t)
          .map(({ weights }, s) => decay ** (t - s - 1) * weights.get(name)!.values[i]!);
        return ((1 - decay) * terms.reduce((sum, term) => sum + term, 0)) / (1 - decay ** t);
      });
      assertClose(values, expected, { rtol: 1e-5, atol: 1e-6 }, `${name} after step ${t}`);
    }
  }
});

test('training itself is not changed, and the run validates and results in the average', async () => {
  const plain = await run({});
  const { engine, model, states, history } = await run({ ema: decay });
  for (const [index, state] of states.entries()) {
    assert.equal(bytes(state.weights), bytes(plain.states[index]!.weights), `step ${index + 1}`);
    assert.is(history[index]!.loss, plain.history[index]!.loss);
    assert.is.not(
      history[index]!.validation!.loss,
      index === 0 ? NaN : plain.history[index]!.validation!.loss,
    );
  }
  const last = states.at(-1)!;
  assert.equal(bytes(await readWeights(model, engine)), bytes(last.result!));
  const { loss } = await new Evaluator(model, examples, engine).evaluate(split.validation);
  assert.is(loss, history.at(-1)!.validation!.loss);
  assert.equal(bytes(keptWeights({ state: last }, false).weights), bytes(last.result!));
  assert.is(plain.states[0]!.result, undefined);
});

test('early stopping keeps the average of the best epoch', async () => {
  const { engine, model, states, history } = await run({ ema: decay, earlyStopping: 6 });
  const best = history.reduce(
    (least, { epoch, validation }) =>
      validation!.loss < history[least - 1]!.validation!.loss ? epoch : least,
    1,
  );
  assert.equal(bytes(await readWeights(model, engine)), bytes(states[best - 1]!.result!));
});

test('fit leaves the average in the network; a run that does no step changes nothing', async () => {
  const options = { epochs: 2, batchSize: 24, validationSplit: 0.2, seed: 1, engine: 'reference' } as const;
  const [plain, averaged] = [network(), network()];
  await fit(plain, { x: examples.x, y: examples.y }, options);
  await fit(averaged, { x: examples.x, y: examples.y }, { ...options, ema: 0.5 });
  assert.is.not(bytes(getWeights(plain)).equals(bytes(getWeights(averaged))), true);
  await assertRange(1);
  await assertRange(-0.1);
  async function assertRange(ema: number): Promise<void> {
    let message = '';
    await fit(network(), { x: examples.x, y: examples.y }, { ...options, ema }).catch((error: unknown) => {
      message = (error as Error).message;
    });
    assert.match(message, /ema/);
  }
  assert.throws(() => new ExponentialAverage(1), /ema must be in \[0, 1\), got 1/);
});

/** Σ w_s / count over the steps s from `first` to `last`, by the states after each step. */
function meanOf(states: readonly TrainingState[], name: string, first: number, last: number): number[] {
  const kept = states.slice(first - 1, last).map(({ weights }) => weights.get(name)!.values);
  return Array.from(kept[0]!, (_, i) => kept.reduce((sum, values) => sum + values[i]!, 0) / kept.length);
}

test('swa is the mean of the weights after each of the last steps, and there is none before', async () => {
  const plain = await run({});
  // the last ⌈0.4 · 6⌉ = 3 of 6 steps
  const { engine, model, states, history } = await run({ swa: 0.4 });
  assert.equal(
    states.map(({ result }) => result !== undefined),
    [false, false, false, true, true, true],
  );
  for (const [index, { result, weights }] of states.entries()) {
    assert.equal(bytes(weights), bytes(plain.states[index]!.weights), `step ${index + 1}`);
    for (const [name, { values }] of result ?? []) {
      assertClose(values, meanOf(states, name, 4, index + 1), { rtol: 1e-5, atol: 1e-6 }, name);
    }
  }
  assert.equal(bytes(await readWeights(model, engine)), bytes(states.at(-1)!.result!));
  const losses = (epochs: typeof history): number[] => epochs.map(({ validation }) => validation!.loss);
  assert.equal(losses(history).slice(0, 4), losses(plain.history).slice(0, 4));
  assert.is.not(losses(history)[5], losses(plain.history)[5]);
});

test('a run with swa that goes on for more epochs takes the mean over its new last steps', async () => {
  const first = await run({ swa: 0.4 });
  const state = first.states.at(-1)!;
  const { states } = await run({ swa: 0.4, epochs: 10, resume: { state } });
  const all = [...first.states, ...states];
  const { result } = all.at(-1)!;
  for (const [name, { values }] of result!) {
    assertClose(values, meanOf(all, name, 7, 10), { rtol: 1e-5, atol: 1e-6 }, name);
  }
});

test('ema and swa exclude each other; a share of the steps is from 0 to 1', async () => {
  const message = (options: Partial<TrainingOptions>): Promise<string> =>
    run(options).then(
      () => '',
      (error: unknown) => (error as Error).message,
    );
  assert.match(
    await message({ ema: 0.9, swa: 0.5 }),
    /^ema and swa are two ways to average the weights: give one/,
  );
  assert.match(await message({ swa: 1 }), /^swa must be in \(0, 1\), got 1/);
  assert.is(new EqualAverage(0.001, 7).firstStep, 7);
});

test.run();
