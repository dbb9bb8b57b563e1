/** The numbers of docs/dropout.md. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dropout } from '../../src/layers/dropout.ts';
import { tensorsOf } from '../../src/layers/make-tensor.ts';
import { RandomStream } from '../../src/tensor/random.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { documentTable } from '../helpers/document-table.ts';

/** What the layer `dropout_1` with seed 1 makes of ones in a step: its mask. */
function mask(rate: number, length: number, number: number): Float32Array {
  const layer = dropout(rate).build({
    name: 'dropout_1',
    inputShape: [length],
    seed: 1,
    dtype: 'float32',
    tensor: tensorsOf('float32'),
  });
  const ones = Tensor.zeros('float32', [1, length], 'ones');
  ones.values.fill(1);
  const step = Tensor.zeros('int32', [1], 'step');
  step.values[0] = number;
  return layer.forward(new EagerOps(), ones, { training: true, step }).values as Float32Array;
}

function mean(values: Float32Array, of: (value: number) => number): number {
  return values.reduce((sum, value) => sum + of(value), 0) / values.length;
}

test('mean and variance of masks of 100,000 elements', () => {
  const rows = documentTable('docs/dropout.md', 'Mean and variance');
  assert.is(rows.length, 4);
  for (const row of rows) {
    const rate = Number(row[0]);
    const values = mask(rate, 100_000, 1);
    const average = mean(values, (value) => value);
    const variance = mean(values, (value) => (value - average) ** 2);
    assert.equal(row.slice(1), [
      (1 / (1 - rate)).toFixed(4),
      mean(values, (value) => Number(value === 0)).toFixed(4),
      average.toFixed(4),
      (rate / (1 - rate)).toFixed(4),
      variance.toFixed(4),
    ]);
    // the mean of n elements scatters by √(variance/n) around 1
    assert.ok(Math.abs(average - 1) < 4 * Math.sqrt(rate / (1 - rate) / values.length));
  }
});

test('the first random numbers of a stream and the mask of them', () => {
  const rows = documentTable('docs/dropout.md', 'The random numbers');
  for (const [index, step] of [1, 2].entries()) {
    const random = new RandomStream(1, 'dropout_1', step);
    const numbers = Array.from({ length: 6 }, (_, i) => random.uniform(i).toFixed(4));
    assert.equal(rows[2 * index], [`step ${step}: random number`, ...numbers]);
    const values = Array.from(mask(0.4, 6, step), (value) => (value === 0 ? '0' : value.toFixed(4)));
    assert.equal(rows[2 * index + 1], [`step ${step}: mask`, ...values]);
  }
  assert.is(rows.length, 4);
});

test.run();
