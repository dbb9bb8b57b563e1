import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dense } from '../../src/layers/dense.ts';
import { flatten } from '../../src/layers/flatten.ts';
import { sequential } from '../../src/layers/sequential.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { secondsPerStep } from '../../src/train/trial.ts';

test('a trial trains a model of its own and gives seconds, also where a batch is larger than the data', async () => {
  const images = Uint8Array.from({ length: 6 * 4 }, (_, i) => i * 10);
  const examples = {
    images: Tensor.from('uint8', [6, 2, 2, 1], images, 'images'),
    labels: Tensor.from('uint8', [6], Uint8Array.of(0, 1, 2, 0, 1, 2), 'labels'),
  };
  for (const batchSize of [4, 64]) {
    const model = sequential([flatten(), dense(3)], { inputShape: [2, 2, 1], seed: 1 });
    const before = [...model.parameters[0]!.value.values];
    const seconds = await secondsPerStep(new ReferenceEngine(), model, examples, batchSize);
    assert.ok(seconds > 0 && Number.isFinite(seconds));
    assert.not.equal([...model.parameters[0]!.value.values], before, 'it was trained');
  }
});

test.run();
