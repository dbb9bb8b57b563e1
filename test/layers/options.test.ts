import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { averagePool2d } from '../../src/layers/average-pool.ts';
import { leakyRelu } from '../../src/layers/leaky-relu.ts';

test('options out of range are refused, with the option and its value', () => {
  const cases: [() => unknown, string][] = [
    [
      () => leakyRelu({ negativeSlope: -0.1 }),
      'leakyRelu: negativeSlope must be a number from 0 up, got -0.1',
    ],
    [() => leakyRelu({ negativeSlope: NaN }), 'leakyRelu: negativeSlope must be a number from 0 up, got NaN'],
    [
      () => averagePool2d({ poolSize: [2, 0] }),
      'averagePool2d: poolSize must be a positive integer or two of them, got 2,0',
    ],
  ];
  for (const [act, message] of cases) {
    assert.throws(act, (error: unknown) => error instanceof RangeError && error.message === message);
  }
});

test.run();
