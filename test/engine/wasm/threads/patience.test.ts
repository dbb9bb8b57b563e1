import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Patience } from '../../../../src/engine/wasm/threads/patience.ts';

const short = new Patience(3, 2).rounds;
const long = new Patience(2, 2).rounds;

/**
 * Phases on a machine where they take so many times the main thread's part, by the patience of the threads.
 *
 * @returns how many of the phases had long patience
 */
function longPhases(
  patience: Patience,
  phases: number,
  stretch: { readonly short: number; readonly long: number },
): number {
  let count = 0;
  for (let phase = 0; phase < phases; phase++) {
    const isLong = patience.rounds === long;
    if (isLong) count += 1;
    const own = 1;
    patience.observe(own, own * (isLong ? stretch.long : stretch.short));
  }
  return count;
}

test('more threads than cores: always short, whatever phases take', () => {
  assert.ok(short < long);
  const patience = new Patience(3, 2);
  assert.is(longPhases(patience, 1000, { short: 9, long: 1 }), 0);
});

test('a core for each thread: long from the start, and it stays so', () => {
  assert.is(longPhases(new Patience(2, 2), 1000, { short: 1.1, long: 1.1 }), 1000);
});

test('other programs at work: short after a trial, and tried again less and less often', () => {
  const patience = new Patience(2, 2);
  const contention = { short: 2, long: 20 };
  assert.is(longPhases(patience, 16, contention), 16);
  const first = longPhases(patience, 1000, contention);
  const later = longPhases(patience, 10_000, contention);
  assert.ok(first > 0 && first < 200, String(first));
  assert.ok(later > 0 && later < 200, String(later));

  // and when they have ended, it is long again
  const quiet = { short: 1.1, long: 1.1 };
  longPhases(patience, 32, quiet);
  assert.is(longPhases(patience, 100, quiet), 100);
});

test('two threads that took turns on one core come apart, and stay so', () => {
  const patience = new Patience(2, 2);
  longPhases(patience, 16, { short: 2, long: 20 });
  assert.is(patience.rounds, short);
  const oneCore = { short: 2, long: 1.05 };
  longPhases(patience, 64, oneCore);
  assert.is(longPhases(patience, 1000, oneCore), 1000);
});

test('where waiting has another reason, unequal parts, neither is better: it is seldom tried', () => {
  const patience = new Patience(2, 2);
  const unequal = { short: 3, long: 3 };
  longPhases(patience, 20_000, unequal);
  const settled = patience.rounds === long;
  const count = longPhases(patience, 20_000, unequal);
  const minority = settled ? 20_000 - count : count;
  assert.ok(minority < 200, String(minority));
});

test('a window lasts ten milliseconds at least: a few slow phases after a pause decide nothing', () => {
  const patience = new Patience(2, 2);
  for (let phase = 0; phase < 20; phase++) patience.observe(0.1, 0.3);
  assert.is(patience.rounds, long);
  for (let phase = 0; phase < 20; phase++) patience.observe(0.1, 0.3);
  assert.is(patience.rounds, short);
});

test.run();
