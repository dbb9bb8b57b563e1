import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkAgreement } from '../../../bench/measure/check.ts';
import { compare, spread } from '../../../bench/measure/spread.ts';
import { type BlockPlan, planBlock, takeTurns } from '../../../bench/measure/turns.ts';

/** A contender that reports the given time without spending it. */
function contender(secondsPerBatch: number, count: number, log: string[] = [], name = ''): BlockPlan {
  return {
    count,
    run: (batches) => {
      log.push(`${name}${batches}`);
      return Promise.resolve({ seconds: secondsPerBatch * batches, work: 64 * batches });
    },
  };
}

test('contenders take turns with blocks of their own length, every second round in reverse', async () => {
  const log: string[] = [];
  const rounds: number[][] = [];
  const speeds = await takeTurns(
    [contender(0.5, 4, log, 'a'), contender(0.25, 5, log, 'b'), contender(2, 1, log, 'c')],
    3,
    (round, last) => rounds.push([round, ...last]),
  );
  assert.is(log.join(' '), 'a4 b5 c1 c1 b5 a4 a4 b5 c1');
  assert.equal(speeds, [
    [128, 128, 128],
    [256, 256, 256],
    [32, 32, 32],
  ]);
  assert.equal(rounds, [
    [0, 128, 256, 32],
    [1, 128, 256, 32],
    [2, 128, 256, 32],
  ]);
});

test('a ratio is the median of the ratios of rounds, not the ratio of the medians', () => {
  // ratios 2, 5, 0.5; the medians are 10 and 4
  assert.equal(compare([8, 10, 20], [4, 2, 40]), { ratio: 2, range: [0.5, 5] });
});

test('a block lasts about as long as planned: at least one batch, at most the limit', async () => {
  const planned = (secondsPerBatch: number, seconds?: number, most?: number) =>
    planBlock(contender(secondsPerBatch, 0).run, seconds, most);
  assert.is(await planned(0.1), 15);
  assert.is(await planned(0.1, 0.2), 2);
  assert.is(await planned(20), 1);
  assert.is(await planned(0.000_1), 15_000);
  assert.is(await planned(0.000_1, 1.5, 937), 937);
  assert.is(await planned(0.01, 1.5, 3), 3);
});

test('spread: quantiles are interpolated, the best is the largest', () => {
  // of 11 values, p10 is the second and p90 the second to last
  const speeds = [50, 10, 20, 30, 40, 60, 70, 80, 90, 100, 110];
  assert.equal(spread(speeds), { median: 60, p10: 20, p90: 100, best: 110 });
  assert.equal(spread([10, 20]), { median: 15, p10: 11, p90: 19, best: 20 });
  assert.equal(spread([7]), { median: 7, p10: 7, p90: 7, best: 7 });
});

test('results that differ are refused: a value, NaN, a missing one', () => {
  checkAgreement([1, 2.05], [1, 2], 0.1, 'fine');
  assert.throws(
    () => checkAgreement([1, 2.2], [1, 2], 0.1, 'logits'),
    /logits: wrong result, not timed: element 1 is 2.2, expected 2 ± 0.1/,
  );
  assert.throws(() => checkAgreement([NaN], [1], 0.1, 'losses'), /element 0 is NaN, expected 1/);
  assert.throws(() => checkAgreement([1], [1, 2], 0.1, 'losses'), /1 values, expected 2: not timed/);
});

test.run();
