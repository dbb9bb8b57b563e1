/** The first step of each batch size compiles and checks kernels: it has no part in the speed, and can be interrupted. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Engine, Executable } from '../../src/engine/engine.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import type { Preparation } from '../../src/engine/preparation.ts';
import { dense } from '../../src/layers/dense.ts';
import { flatten } from '../../src/layers/flatten.ts';
import { type Sequential, sequential } from '../../src/layers/sequential.ts';
import { sgd } from '../../src/optim/sgd.ts';
import { trainEpochs } from '../../src/train/train-epochs.ts';
import type { TrainingState } from '../../src/train/training-state.ts';
import { readWeights } from '../../src/model/weights.ts';
import { noiseExamples } from '../helpers/saved-run.ts';

const examples = noiseExamples(35, [3, 2, 1], 4);
/** Three batches of 10 and one of 5. */
const split = { train: Int32Array.from({ length: 35 }, (_, i) => i), validation: new Int32Array() };
const options = { epochs: 1, batchSize: 10, optimizer: sgd(), seed: 1 };

function network(): Sequential {
  return sequential([flatten(), dense(4)], { inputShape: [3, 2, 1], seed: 2 });
}

/** The reference engine with something to do before and after each compilation and run. */
class SlowEngine extends ReferenceEngine {
  readonly #before: (runs: number) => void;

  /** @param before called for each run of a program, with the number of its earlier runs */
  constructor(before: (runs: number) => void) {
    super();
    this.#before = before;
  }

  override async compile(...args: Parameters<Engine['compile']>): Promise<Executable> {
    const executable = await super.compile(...args);
    let runs = 0;
    return {
      run: async () => {
        this.#before(runs++);
        await executable.run();
      },
    };
  }
}

test('what is prepared at the first step of a size counts neither for the time nor for the speed of an epoch', async () => {
  const now = performance.now.bind(performance);
  let milliseconds = 0;
  performance.now = () => milliseconds;
  try {
    // a step takes a second, and a hundred more when its program is new
    const engine = new SlowEngine((runs) => (milliseconds += runs === 0 ? 101_000 : 1000));
    const [first, second] = await trainEpochs(network(), examples, split, engine, { ...options, epochs: 2 });
    // the second and the third batch of 10
    assert.equal([first!.seconds, first!.imagesPerSecond], [2, 10]);
    assert.equal([second!.seconds, second!.imagesPerSecond], [4, 35 / 4]);
    const alone = { ...split, train: split.train.subarray(0, 10) };
    const [whole] = await trainEpochs(network(), examples, alone, engine, options);
    assert.equal([whole!.seconds, whole!.imagesPerSecond], [101, 10 / 101], 'there are no other steps');
  } finally {
    performance.now = now;
  }
});

test('an abort before the first step leaves nothing; before a later one, the steps so far', async () => {
  for (const [abortAt, steps] of [
    [1, 0],
    [2, 3],
  ] as const) {
    const abort = new AbortController();
    const states: TrainingState[] = [];
    let programs = 0;
    const engine = new SlowEngine((runs) => {
      if (runs > 0 || ++programs < abortAt) return;
      abort.abort();
      abort.signal.throwIfAborted();
    });
    const history = await trainEpochs(network(), examples, split, engine, {
      ...options,
      signal: abort.signal,
      onState: (state) => void states.push(state),
    });
    assert.equal(history, []);
    assert.equal(
      states.map(({ step }) => step),
      steps === 0 ? [] : [steps],
    );
    if (steps > 0) assert.ok(states[0]!.partial.lossTotal > 0);
  }
});

test('the wasm engine tells how far its check has come; an abort of it leaves the weights as they were', async () => {
  const told: Preparation[] = [];
  const abort = new AbortController();
  const model = network();
  const before = new Map(model.parameters.map(({ name, value }) => [name, value.values.slice()]));
  const engine = await WasmEngine.start({
    threads: 1,
    signal: abort.signal,
    onPreparation(preparation) {
      told.push(preparation);
      // in the middle: some tasks have changed weights already
      if (preparation.done === preparation.total - 1) abort.abort();
    },
  });
  try {
    const states: TrainingState[] = [];
    const history = await trainEpochs(model, examples, split, engine, {
      ...options,
      signal: abort.signal,
      onState: (state) => void states.push(state),
    });
    assert.equal([history, states], [[], []]);
    const { total } = told[0]!;
    assert.ok(total > 3);
    assert.equal(
      told.map(({ done }) => done),
      Array.from({ length: total + 1 }, (_, i) => i),
    );
    for (const [name, { values }] of await readWeights(model, engine)) {
      assert.equal(Array.from(values), Array.from(before.get(name)!), name);
    }
  } finally {
    await engine.close();
  }
});

test.run();
