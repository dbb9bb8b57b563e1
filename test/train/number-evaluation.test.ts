import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Tensor } from '../../src/tensor/tensor.ts';
import { metricsWith } from '../../src/train/history.ts';
import { areOfNumbers, measuresOf } from '../../src/train/measures.ts';

/** Of three of the rows of a table, in this order. */
const positions = Int32Array.of(3, 0, 2);
const examples = {
  x: Tensor.zeros('float32', [4, 1], 'x'),
  y: Tensor.from('float32', [4, 1], Float32Array.of(10, 99, 30, 20), 'targets'),
  lines: Int32Array.of(2, 3, 4, 5),
};
const evaluation = {
  loss: 7,
  ...metricsWith('meanAbsoluteError', 5),
  r2: 0.25,
  predicted: Float32Array.of(21, 14, 20),
  probabilities: new Float32Array(0),
};

test('the measures of predicted numbers, and the largest errors with their lines', () => {
  const measures = measuresOf(evaluation, examples, positions, []);
  assert.ok(areOfNumbers(measures));
  assert.equal(measures, {
    examples: 3,
    loss: 7,
    meanAbsoluteError: 5,
    rootMeanSquaredError: Math.sqrt((1 + 16 + 100) / 3),
    r2: 0.25,
    medianError: 4,
    ninetiethPercentError: 10,
    largestErrors: [
      { index: 2, actual: 30, predicted: 20, line: 4 },
      { index: 0, actual: 10, predicted: 14, line: 2 },
      { index: 3, actual: 20, predicted: 21, line: 5 },
    ],
  });
});

test('classes of a table: mistakes have the lines of their rows', () => {
  const labels = { ...examples, y: Tensor.from('uint8', [4], Uint8Array.of(0, 1, 1, 0), 'labels') };
  const predicted = Int32Array.of(1, 0, 1);
  const probabilities = Float32Array.of(0.2, 0.8, 0.9, 0.1, 0.4, 0.6);
  const classes = { loss: 1, ...metricsWith('accuracy', 2 / 3), r2: NaN, predicted, probabilities };
  const measures = measuresOf(classes, labels, positions, ['a', 'b']);
  assert.ok(!areOfNumbers(measures));
  assert.equal(
    measures.mistakes.map(({ line, actual, predicted: found }) => [line, actual, found]),
    [[5, 0, 1]],
  );
});

test.run();
