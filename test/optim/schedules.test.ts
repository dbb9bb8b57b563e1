import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { constant, cosine, oneCycle, type Schedule, stepDecay } from '../../src/optim/schedules.ts';
import { assertClose } from '../helpers/close.ts';

const exact = { rtol: 1e-12, atol: 1e-12 };

function rates(schedule: Schedule, totalSteps: number): number[] {
  return Array.from({ length: totalSteps }, (_, i) => schedule(i + 1, totalSteps));
}

test('constant: 1 throughout', () => {
  assert.equal(rates(constant(), 3), [1, 1, 1]);
});

test('step: halves after each quarter of the run', () => {
  assert.equal(rates(stepDecay(), 8), [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]);
  assert.equal(rates(stepDecay({ drops: 2, factor: 0.1 }), 4), [1, 1, 0.1, 0.1]);
});

test('cosine: warms up along a line, then falls to 0 along half a wave', () => {
  assertClose(
    rates(cosine({ warmup: 0.5 }), 8),
    [0.25, 0.5, 0.75, 1, 0.853553390593, 0.5, 0.146446609407, 0],
    {
      rtol: 1e-11,
      atol: 1e-12,
    },
  );
  assertClose(rates(cosine(), 2), [0.5, 0], exact);
});

test('one-cycle: from 1/25 to the peak at 30 % of the run, then down to 4e-6', () => {
  const all = rates(oneCycle(), 100);
  assertClose([all[0]!, all[29]!, all[99]!], [1 / 25, 1, 4e-6], exact);
  assert.is(all.indexOf(Math.max(...all)), 29);
  const rises = all.slice(1).map((rate, i) => rate > all[i]!);
  assert.is(rises.lastIndexOf(true), 28, 'it never rises after the peak');
  assert.is(rises.indexOf(false), 29, 'it never falls before');
});

test('a run of a single step has a finite rate under every schedule', () => {
  for (const schedule of [constant(), stepDecay(), cosine(), cosine({ warmup: 0.9 }), oneCycle()]) {
    assert.ok(Number.isFinite(schedule(1, 1)));
  }
});

test.run();
