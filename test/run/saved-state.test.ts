import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RunFolder } from '../../src/run/folder.ts';
import { readSavedState, StateSaver } from '../../src/run/saved-state.ts';
import { readResult } from '../../src/run/weights.ts';
import type { TrainingState } from '../../src/train/training-state.ts';
import { temporaryFolder } from '../helpers/idx-file.ts';
import { metricsWith } from '../../src/train/history.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());

/** The state after as many epochs as there are losses, with the number of the epoch as its only weight. */
function stateAfter(...validationLosses: number[]): TrainingState {
  const tensor = (value: number) => new Map([['w', { shape: [1], values: Float32Array.of(value) }]]);
  return {
    step: 10 * validationLosses.length,
    history: validationLosses.map((loss, i) => ({
      epoch: i + 1,
      loss,
      ...metricsWith('accuracy', 0.5),
      validation: { loss, ...metricsWith('accuracy', 0.5) },
      learningRate: 0.1,
      seconds: 1,
      imagesPerSecond: 1,
    })),
    partial: { lossTotal: 0, metricTotal: 0, seconds: 0 },
    weights: tensor(validationLosses.length),
    optimizer: tensor(-validationLosses.length),
  };
}

const weightIn = (weights: ReadonlyMap<string, { readonly values: ArrayLike<number> }>): number =>
  weights.get('w')!.values[0]!;

test('the result is the best epoch with early stopping, else the last; before the first epoch there is none', async () => {
  const run = RunFolder.create(join(folder.path, 'result'));
  const saver = new StateSaver(run, {}, null);
  assert.is(await saver.writeResult({ earlyStopping: true, finished: false }), null);
  await saver.save(stateAfter(0.9));
  await saver.save(stateAfter(0.9, 0.5));
  await saver.save(stateAfter(0.9, 0.5, 0.7));
  for (const [earlyStopping, epoch, words] of [
    [true, 2, 'epoch 2, the best by validation loss'],
    [false, 3, 'epoch 3, the last'],
  ] as const) {
    await saver.writeResult({ earlyStopping, finished: earlyStopping });
    const { weights, weightsOf, finished } = readResult(run.path)!;
    assert.equal([weightIn(weights), weightsOf, finished], [epoch, words, earlyStopping]);
  }
  run.close();
});

test('the best weights outlive a kill before they were written, followed by an epoch that is no better', async () => {
  const path = join(folder.path, 'killed');
  const run = RunFolder.create(path);
  const first = new StateSaver(run, {}, null);
  await first.save(stateAfter(0.9));
  await first.save(stateAfter(0.9, 0.5));
  rmSync(join(path, 'best.safetensors')); // as if killed between the two files

  const second = new StateSaver(run, {}, readSavedState(path));
  const obstacle = join(path, 'best.safetensors');
  mkdirSync(obstacle);
  const refused = await second.save(stateAfter(0.9, 0.5, 0.7)).catch((error: unknown) => String(error));
  assert.match(String(refused), /cannot write .*best\.safetensors/);
  assert.is(
    readSavedState(path)!.state.history.length,
    2,
    'the state that holds them is not replaced before',
  );

  rmSync(obstacle, { recursive: true });
  await second.save(stateAfter(0.9, 0.5, 0.7));
  const { state, best } = readSavedState(path)!;
  assert.is(state.history.length, 3);
  assert.is(weightIn(best!), 2);
  assert.equal(readdirSync(path).toSorted(), ['best.safetensors', 'last.safetensors', 'lock']);
  run.close();
});

test.run();
