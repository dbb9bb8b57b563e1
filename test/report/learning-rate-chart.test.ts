import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { learningRateCsv, learningRateFigure, shownPoints } from '../../src/report/learning-rate-chart.ts';
import type { LearningRatePoint } from '../../src/train/suggest-learning-rate.ts';

/** Rates that rise tenfold from 1e-5. */
function curve(...losses: readonly number[]): LearningRatePoint[] {
  return losses.map((smoothedLoss, i) => ({
    step: i + 1,
    learningRate: 10 ** (i - 5),
    loss: smoothedLoss + 1,
    smoothedLoss,
  }));
}

test('the explosion is not shown', () => {
  const points = curve(2, 1.5, 0.5, 2.1, 2.3, 900, NaN);
  assert.equal(shownPoints({ points }), points.slice(0, 4));
  const low = curve(0.1, 0.1, 0.15, 0.3);
  assert.equal(shownPoints({ points: low }), low.slice(0, 3));
  assert.equal(shownPoints({ points: [] }), []);
});

test('powers of ten are equally far apart, and the suggestion is marked where it lies', () => {
  const svg = learningRateFigure(
    { points: curve(2, 1.5, 1, 1.2, 1.4), end: 'complete', suggestion: 1e-4 },
    'a < b',
  );
  const ticks = [...svg.matchAll(/<text x="([\d.]+)"[^>]*>(1e-\d)</g)].map(
    (m) => [m[2], Number(m[1])] as const,
  );
  assert.equal(
    ticks.map(([label]) => label),
    ['1e-5', '1e-4', '1e-3', '1e-2', '1e-1'],
  );
  const gaps = ticks.slice(1).map(([, x], i) => x - ticks[i]![1]);
  assert.ok(
    gaps.every((gap) => Math.abs(gap - gaps[0]!) < 0.02 && gap > 50),
    gaps.join(),
  );
  const mark = /<path d="M([\d.]+) \d+V\d+"[^>]*dasharray="2 3"/.exec(svg)![1];
  assert.is(Number(mark), ticks[1]![1]);
  assert.match(svg, />suggested: 0\.0001</);
  assert.match(svg, />a &lt; b</);
});

test('a range without two powers of ten has numbers that are inside of it', () => {
  const points = curve(2, 1, 1.5).map((point, i) => ({ ...point, learningRate: 0.002 * 1.5 ** i }));
  const svg = learningRateFigure({ points, end: 'complete', suggestion: null }, 'x');
  const labels = [...svg.matchAll(/>(0\.00\d+)</g)].map((m) => Number(m[1]));
  assert.equal(labels, [0.002, 0.0026, 0.0034]);
  assert.not.match(svg, /dasharray="2 3"/);
});

test('CSV: a line for each step, numbers in full', () => {
  assert.is(
    learningRateCsv(curve(0.1, 2)),
    'step,learning_rate,loss,smoothed_loss\n1,0.00001,1.1,0.1\n2,0.0001,3,2\n',
  );
});

test.run();
