import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { leakyRelu } from '../../src/layers/leaky-relu.ts';

test('options out of range are refused, with the option and its value', () => {
  const cases: [() => unknown, string][] = [
    [
      () => leakyRelu({ negativeSlope: -0.1 }),
      'leakyRelu: negativeSlope must be a number from 0 up, got -0.1',
    ],
    [() => leakyRelu({ negativeSlope: NaN }), 'leakyRelu: negativeSlope must be a number from 0 up, got NaN'],
  ];
  for (const [act, message] of cases) {
    assert.throws(act, (error: unknown) => error instanceof RangeError && error.message === message);
  }
});

test.run();
