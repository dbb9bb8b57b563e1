import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { conv2d, dense, flatten, relu, sequential } from '../../src/index.ts';
import { usefulThreads } from '../../src/train/fit-threads.ts';

const spiral = sequential([dense(32), relu(), dense(32), relu(), dense(3)], { inputShape: [2] });
const mlp = sequential([flatten(), dense(64), relu(), dense(10)], { inputShape: [28, 28, 1] });
const cnn = sequential([conv2d(32, { kernelSize: 3 }), flatten(), dense(10)], { inputShape: [28, 28, 1] });

test('a small network trains on one thread, however long', () => {
  assert.is(usefulThreads(spiral, 1e9, 64), 1);
});

test('a larger one on all threads, unless the run is short or the batches are small', () => {
  assert.is(usefulThreads(mlp, 20 * 48_000, 64), undefined);
  assert.is(usefulThreads(mlp, 2000, 64), 1);
  assert.is(usefulThreads(mlp, 20 * 48_000, 8), 1);
});

test('convolutions count at every pixel', () => {
  assert.is(usefulThreads(cnn, 10_000, 8), undefined);
});

test.run();
