import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Decisions } from '../../src/sweep/decisions.ts';
import { runJobs } from '../../src/sweep/run-jobs.ts';
import { keyOf, rungsOf, type Job, type JobResult } from '../../src/sweep/sweep.ts';

const plan = { seeds: [1], metric: 'accuracy', halving: { from: 1, factor: 3 } } as const;

function result(job: Job, score: number | null, epochs = 1): JobResult {
  const failure = score === null ? 'it has diverged' : null;
  return { ...job, score, failure, epochs, seconds: 1, where: 'here' };
}

test('rungs: from the first, times the factor, up to all epochs', () => {
  assert.equal(rungsOf({ halving: { from: 1, factor: 3 } }, 20), [1, 3, 9, 20]);
  assert.equal(rungsOf({ halving: { from: 2, factor: 2 } }, 8), [2, 4, 8]);
  assert.equal(rungsOf({ halving: null }, 8), [8]);
});

test('by hand: a trial is judged among those before it', () => {
  // of 1, 2, 3, 4, 5, 6 trials that have come as far, the best 1, 1, 1, 2, 2, 2 go on
  const scores = [0.5, 0.4, 0.6, 0.55, 0.3, 0.58];
  const decisions = new Decisions(plan, scores.length, 9);
  assert.equal(decisions.rungs, [1, 3, 9]);
  assert.equal(decisions.decide(0, 0), 'unknown');
  for (const [trial, score] of scores.entries()) decisions.add(result({ trial, seed: 1, rung: 0 }, score));
  assert.equal(
    scores.map((_, trial) => decisions.decide(trial, 0)),
    ['goes on', 'stops', 'goes on', 'goes on', 'stops', 'goes on'],
  );
  // trial 2 is judged at the next rung when trial 0 has come there
  decisions.add(result({ trial: 2, seed: 1, rung: 1 }, 0.7));
  assert.is(decisions.decide(2, 1), 'unknown');
  decisions.add(result({ trial: 0, seed: 1, rung: 1 }, 0.8));
  assert.is(decisions.decide(2, 1), 'stops');
  assert.is(decisions.decide(0, 1), 'goes on');
});

test('what fails stops, and counts as worse than all others; of two equals the earlier goes on', () => {
  const decisions = new Decisions(plan, 4, 3);
  for (const [trial, score] of [0.5, null, 0.5, 0.6].entries()) {
    decisions.add(result({ trial, seed: 1, rung: 0 }, score));
  }
  assert.equal(
    [0, 1, 2, 3].map((trial) => decisions.decide(trial, 0)),
    ['goes on', 'stops', 'stops', 'goes on'],
  );
});

test('a loss is better when it is smaller; seeds are judged by their mean', () => {
  const decisions = new Decisions({ ...plan, metric: 'loss', seeds: [1, 2] }, 2, 3);
  const scores = [
    [0.5, 0.7],
    [0.9, 0.2],
  ];
  for (const [trial, [first, second]] of scores.entries()) {
    decisions.add(result({ trial, seed: 1, rung: 0 }, first!));
    assert.is(decisions.decide(trial, 0), 'unknown');
    decisions.add(result({ trial, seed: 2, rung: 0 }, second!));
  }
  assert.is(decisions.score(1, 0), 0.55);
  assert.is(decisions.decide(1, 0), 'goes on');
});

test('the same jobs in whatever order results come, and it never waits for ever', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 25 }),
      fc.integer({ min: 1, max: 6 }),
      fc.infiniteStream(fc.nat(8)),
      async (qualities, parallel, delays) => {
        const done = async (atOnce: number, delay: () => number): Promise<string[]> => {
          const decisions = new Decisions(plan, qualities.length, 9);
          await runJobs(decisions, {
            parallel: atOnce,
            mayBegin: () => true,
            onResult: () => {},
            run: async (job) => {
              for (let wait = delay(); wait > 0; wait--) await Promise.resolve();
              // another order at each rung; 9 fails
              const quality = (qualities[job.trial]! * (job.rung + 3)) % 10;
              return result(job, quality === 9 ? null : quality);
            },
          });
          assert.equal(decisions.ready(), []);
          return decisions.results.map(keyOf).toSorted();
        };
        assert.equal(await done(parallel, () => delays.next().value as number), await done(1, () => 0));
      },
    ),
    { numRuns: 200 },
  );
});

test('an error of a job ends the sweep when the others are done; results so far are kept', async () => {
  const decisions = new Decisions({ ...plan, halving: null }, 6, 1);
  const kept: number[] = [];
  const ended = runJobs(decisions, {
    parallel: 2,
    mayBegin: () => true,
    onResult: ({ trial }) => void kept.push(trial),
    run: async (job) => {
      await new Promise((resolve) => setTimeout(resolve, job.trial === 1 ? 1 : 20));
      if (job.trial === 1) throw new Error('the disk is full');
      return result(job, 1);
    },
  });
  await ended.then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'the disk is full'),
  );
  assert.equal(kept, [0]);
});

test('a second result for a job is not new', () => {
  const decisions = new Decisions({ ...plan, halving: null }, 1, 1);
  assert.is(decisions.add(result({ trial: 0, seed: 1, rung: 0 }, 0.5)), true);
  assert.is(decisions.add(result({ trial: 0, seed: 1, rung: 0 }, 0.9)), false);
  assert.is(decisions.score(0, 0), 0.5);
});

test.run();
