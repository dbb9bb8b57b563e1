import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { averagePool2d, globalAveragePool } from '../../src/layers/average-pool.ts';
import { tensorsOf } from '../../src/layers/make-tensor.ts';
import type { LayerSpec } from '../../src/layers/layer.ts';
import { batchNorm } from '../../src/layers/batch-norm.ts';
import { leakyRelu } from '../../src/layers/leaky-relu.ts';
import { residual } from '../../src/layers/residual.ts';
import type { Shape } from '../../src/tensor/shape.ts';

test('averagePool2d moves on by its own size, if no stride is given; globalAveragePool leaves the channels', () => {
  const shape = (spec: LayerSpec): Shape =>
    spec.build({
      name: 'layer',
      inputShape: [7, 10, 3],
      seed: 0,
      dtype: 'float32' as const,
      tensor: tensorsOf('float32'),
    }).outputShape;
  assert.equal(shape(averagePool2d()), [3, 5, 3]);
  assert.equal(shape(averagePool2d({ poolSize: 3 })), [2, 3, 3]);
  assert.equal(shape(averagePool2d({ poolSize: 3, padding: 'same' })), [3, 4, 3]);
  assert.equal(shape(averagePool2d({ poolSize: [3, 5], stride: 1 })), [5, 6, 3]);
  assert.equal(shape(globalAveragePool()), [3]);
});

test('options out of range are refused, with the option and its value', () => {
  const cases: [() => unknown, string][] = [
    [
      () => leakyRelu({ negativeSlope: -0.1 }),
      'leaky_relu: negativeSlope must be a number from 0 up, got -0.1',
    ],
    [
      () => leakyRelu({ negativeSlope: NaN }),
      'leaky_relu: negativeSlope must be a number from 0 up, got NaN',
    ],
    [
      () => averagePool2d({ poolSize: [2, 0] }),
      'average_pool2d: poolSize must be a positive integer or two of them, [height, width], got [2,0]',
    ],
    [() => batchNorm({ momentum: 1 }), 'batch_norm: momentum must be a number in [0, 1), got 1'],
    [() => batchNorm({ epsilon: 0 }), 'batch_norm: epsilon must be a positive number, got 0'],
    [() => residual([]), 'residual: body must be a list of at least one layer, got []'],
  ];
  for (const [act, message] of cases) {
    assert.throws(act, (error: unknown) => error instanceof RangeError && error.message === message);
  }
});

test.run();
