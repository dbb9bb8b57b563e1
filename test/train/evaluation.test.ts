import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { calibrationOf } from '../../src/train/calibration.ts';
import { fullEvaluation } from '../../src/train/full-evaluation.ts';
import {
  classReports,
  confusionMatrix,
  frequentConfusions,
  meanReports,
  topAccuracy,
} from '../../src/train/metrics.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { assertClose } from '../helpers/close.ts';
import { metricsWith } from '../../src/train/history.ts';

const exact = { rtol: 1e-12, atol: 0 };

test('ECE of five predictions, by hand', () => {
  // bins of 1/15: 0.55 is in (8/15, 9/15], 0.6 = 9/15 is the end of that bin; 0.62 in the next; 1 in the last
  const { expectedError, confidence, bins } = calibrationOf(
    [0.55, 0.6, 0.62, 1, 0.97],
    [true, false, false, true, true],
  );
  // |1 − 1.15| + |0 − 0.62| + |2 − 1.97|, over five
  assertClose([expectedError], [(0.15 + 0.62 + 0.03) / 5], exact);
  assertClose([confidence], [3.74 / 5], exact);
  assert.is(bins.length, 15);
  assert.equal(
    bins.map(({ count }) => count),
    [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 2],
  );
  const bin = bins[8]!;
  assertClose([bin.from, bin.to, bin.confidence, bin.accuracy], [8 / 15, 0.6, 0.575, 0.5], exact);
  assert.ok(Number.isNaN(bins[0]!.accuracy) && Number.isNaN(bins[0]!.confidence));
});

test('a confidence of 0, and one that rounding has put above 1, have a bin', () => {
  const { bins } = calibrationOf([0, 1.0000001], [false, true]);
  assert.equal([bins[0]!.count, bins[14]!.count], [1, 1]);
});

test('top-2: the true class is the predicted one or the next; ties go to the lower index', () => {
  const rows = [
    [0.5, 0.3, 0.2], // true 2: third
    [0.5, 0.3, 0.2], // true 1: second
    [0.2, 0.4, 0.4], // true 2: second
    [0.4, 0.3, 0.3], // true 2: third, since 1 is before it
    [0.3, 0.4, 0.3], // true 0: second, before 2
  ];
  const predictions = {
    predicted: Int32Array.of(0, 0, 1, 0, 1),
    probabilities: Float32Array.from(rows.flat()),
  };
  const actual = [2, 1, 2, 2, 0];
  assert.is(topAccuracy(actual, predictions, 3, 1), 0);
  assert.is(topAccuracy(actual, predictions, 3, 2), 3 / 5);
  assert.is(topAccuracy(actual, predictions, 3, 3), 1);
});

test('top-1 is the accuracy, even where rounding has made the probabilities equal', () => {
  const third = 1 / 3;
  const predictions = { predicted: Int32Array.of(2), probabilities: Float32Array.of(third, third, third) };
  assert.is(topAccuracy([2], predictions, 3, 1), 1);
  assert.is(topAccuracy([0], predictions, 3, 1), 0);
  assert.is(topAccuracy([0], predictions, 3, 2), 1);
  assert.is(topAccuracy([1], predictions, 3, 2), 0);
});

test('macro and weighted means, by hand; the undefined counts as 0, a class that is nowhere not at all', () => {
  // class 3 occurs nowhere; class 2 is never predicted
  const classes = classReports(confusionMatrix([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 1], 4));
  const { macro, weighted } = meanReports(classes);
  assertClose(
    [macro.precision, macro.recall, macro.f1],
    [(2 / 3 + 1 / 3 + 0) / 3, (2 / 3 + 1 / 2 + 0) / 3, (2 / 3 + 0.4 + 0) / 3],
    exact,
  );
  assertClose(
    [weighted.precision, weighted.recall, weighted.f1],
    [(3 * (2 / 3) + 2 * (1 / 3)) / 6, (3 * (2 / 3) + 2 * (1 / 2)) / 6, (3 * (2 / 3) + 2 * 0.4) / 6],
    exact,
  );
});

test('the pairs that are confused most, the diagonal and what never happened left out', () => {
  const confusion = [
    [90, 2, 5],
    [0, 80, 3],
    [5, 0, 70],
  ];
  assert.equal(frequentConfusions(confusion, 3), [
    { actual: 0, predicted: 2, count: 5 },
    { actual: 2, predicted: 0, count: 5 },
    { actual: 1, predicted: 2, count: 3 },
  ]);
  assert.is(frequentConfusions(confusion, 9).length, 4);
});

test('the full evaluation of some examples of a set, in an order of their own', () => {
  // examples 4, 0 and 2 of the set; their labels 1, 1 and 0
  const evaluation = {
    loss: 0.7,
    ...metricsWith('accuracy', 1 / 3),
    r2: NaN,
    predicted: Int32Array.of(0, 1, 1),
    probabilities: Float32Array.of(0.9375, 0.0625, 0.125, 0.875, 0.25, 0.75),
  };
  const labels = Tensor.from('uint8', [5], Uint8Array.of(1, 0, 0, 0, 1), 'labels');
  const files = ['b/0.png', 'a/1.png', 'a/2.png', 'a/3.png', 'b/4.png'];
  const full = fullEvaluation(evaluation, { y: labels, files }, Int32Array.of(4, 0, 2), ['a', 'b']);
  assert.is(full.examples, 3);
  assert.is(full.loss, 0.7);
  assert.is(full.accuracy, 1 / 3);
  assert.is(full.top2Accuracy, 1);
  assert.equal(full.confusion, [
    [0, 1],
    [1, 1],
  ]);
  assert.equal(full.mistakes, [
    { index: 4, actual: 1, predicted: 0, probability: 0.9375, file: 'b/4.png' },
    { index: 2, actual: 0, predicted: 1, probability: 0.75, file: 'a/2.png' },
  ]);
  assert.equal(full.classes, [
    { name: 'a', precision: 0, recall: 0, f1: 0, support: 1 },
    { name: 'b', precision: 0.5, recall: 0.5, f1: 0.5, support: 2 },
  ]);
  assertClose([full.weighted.f1, full.macro.f1], [1 / 3, 1 / 4], exact);
  assertClose([full.calibration.confidence], [(0.75 + 0.875 + 0.9375) / 3], exact);
});

test.run();
