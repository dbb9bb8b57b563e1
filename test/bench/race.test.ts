import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkAgreement } from '../../bench/check.ts';
import { bestRatio, compareRounds, type Contender, planBlock, takeTurns } from '../../bench/race.ts';

/** A contender that says how long it took, without taking so long. */
function contender(secondsPerBatch: number, log: string[] = [], name = ''): Contender {
  return {
    name: 'weft',
    threads: 1,
    version: '',
    run: (batches) => {
      log.push(`${name}${batches}`);
      return Promise.resolve({ seconds: secondsPerBatch * batches, images: 64 * batches });
    },
  };
}

test('contenders take turns, every second round in reverse; speeds stay with their contender', async () => {
  const log: string[] = [];
  const rounds: number[][] = [];
  const speeds = await takeTurns(
    [contender(0.5, log, 'a'), contender(0.25, log, 'b'), contender(2, log, 'c')],
    { batches: 4, rounds: 3 },
    (round, last) => rounds.push([round, ...last]),
  );
  assert.is(log.join(' '), 'a4 b4 c4 c4 b4 a4 a4 b4 c4');
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
  assert.equal(compareRounds([8, 10, 20], [4, 2, 40]), { ratio: 2, range: [0.5, 5] });
});

test('a block lasts two seconds, in tens of batches, at least ten and at most all', async () => {
  assert.is(await planBlock(contender(0.043), 938), 50);
  assert.is(await planBlock(contender(0.000_2), 938), 938);
  assert.is(await planBlock(contender(1), 938), 10);
  assert.is(await planBlock(contender(0.01), 3), 3);
});

test('the ratio of the best compares the fastest numbers of threads', () => {
  const speed = (threads: number, median: number) => ({
    threads,
    version: '',
    imagesPerSecond: { median, best: median },
  });
  const result = {
    machine: {},
    model: 'cnn',
    engine: 'wasm',
    batchSize: 64,
    batches: 50,
    pairs: 1,
    weft: [speed(1, 100), speed(2, 190)],
    pytorch: [
      { ...speed(1, 90), forms: {} },
      { ...speed(2, 80), forms: {} },
    ],
    ratios: [1, 2].flatMap((weftThreads) =>
      [1, 2].map((pytorchThreads) => ({
        weftThreads,
        pytorchThreads,
        ratio: 10 * weftThreads + pytorchThreads,
        range: [0, 99] as const,
      })),
    ),
  };
  assert.is(bestRatio(result)!.ratio, 21);
  assert.is(bestRatio({ ...result, pytorch: [], ratios: [] }), undefined);
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
