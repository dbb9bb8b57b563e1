import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dense } from '../../src/layers/dense.ts';
import { flatten } from '../../src/layers/flatten.ts';
import { sequential } from '../../src/layers/sequential.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import type { LabelledImages } from '../../src/data/examples.ts';
import type { Executable } from '../../src/engine/engine.ts';
import type { Program } from '../../src/tensor/program.ts';
import { type ArrayOf, type DataType, Tensor } from '../../src/tensor/tensor.ts';
import { secondsPerStep } from '../../src/train/trial.ts';

/** Images of 2 × 2 pixels in three classes. */
function examplesOf(count: number): LabelledImages {
  const images = Uint8Array.from({ length: count * 4 }, (_, i) => i * 10);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  return {
    x: Tensor.from('uint8', [count, 2, 2, 1], images, 'images'),
    y: Tensor.from('uint8', [count], labels, 'labels'),
  };
}

test('a trial trains a model of its own and gives seconds, also where a batch is larger than the data', async () => {
  const examples = examplesOf(6);
  for (const batchSize of [4, 64]) {
    const model = sequential([flatten(), dense(3)], { inputShape: [2, 2, 1], seed: 1 });
    const before = [...model.parameters[0]!.value.values];
    const seconds = await secondsPerStep(new ReferenceEngine(), model, examples, batchSize);
    assert.ok(seconds > 0 && Number.isFinite(seconds));
    assert.not.equal([...model.parameters[0]!.value.values], before, 'it was trained');
  }
});

/** An engine that only notes its runs, and does them when something is read, as a GPU may. */
class QueueingEngine extends ReferenceEngine {
  readonly blocks: number[] = [];
  #queued: (() => Promise<void>)[] = [];

  override async compile(program: Program): Promise<Executable> {
    const executable = await super.compile(program);
    return {
      run: () => {
        this.#queued.push(() => executable.run());
        return Promise.resolve();
      },
    };
  }

  override async read<D extends DataType>(tensor: Tensor<D>): Promise<ArrayOf<D>> {
    if (this.#queued.length > 0) this.blocks.push(this.#queued.length);
    for (const run of this.#queued) await run();
    this.#queued = [];
    return super.read(tensor);
  }
}

test('a trial waits for the first steps before it times others, and waits for all that it times', async () => {
  const engine = new QueueingEngine();
  const model = sequential([flatten(), dense(3)], { inputShape: [2, 2, 1], seed: 1 });
  const seconds = await secondsPerStep(engine, model, examplesOf(6), 4);
  assert.ok(seconds > 0 && Number.isFinite(seconds));
  const [warmUp, ...timed] = engine.blocks;
  assert.is(warmUp, 2, 'the steps that compile are done before the clock starts');
  assert.ok(timed.length > 0);
  assert.equal(
    timed,
    timed.map((_, index) => 8 * 2 ** index),
    'each block is done when its clock stops',
  );
});

test.run();
