import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Snapshot, Snapshots } from '../../src/session/snapshots.ts';
import { noPartialEpoch } from '../../src/train/training-state.ts';

/** A snapshot of so many bytes. */
function snapshot(step: number, bytes = 400): Snapshot {
  const half = { shape: [bytes / 8], values: new Float32Array(bytes / 8) };
  const [weights, optimizer] = [new Map([['w', half]]), new Map([['m', half]])];
  return { step, epoch: 1, seen: 0, epochExamples: 0, partial: noPartialEpoch, weights, optimizer };
}

function after(steps: number, snapshots: Snapshots, bytes?: number): Snapshots {
  for (let step = 0; step <= steps; step++) {
    if (snapshots.isDue(step)) snapshots.add(snapshot(step, bytes));
  }
  return snapshots;
}

test('each of the first 50 steps, then at most 150 more, evenly spread, however long the run', () => {
  assert.equal(
    after(40, new Snapshots({ budget: 1e9 })).steps,
    Array.from({ length: 41 }, (_, step) => step),
  );
  for (const steps of [300, 1000, 15_000]) {
    const found = after(steps, new Snapshots({ budget: 1e9 })).steps;
    assert.ok(found.length <= 200 && found.length > 100, `${found.length} of ${steps}`);
    assert.equal(
      found.slice(0, 51),
      Array.from({ length: 51 }, (_, step) => step),
    );
    const gaps = new Set(found.slice(52).map((step, i) => step - found[51 + i]!));
    assert.is(gaps.size, 1, `evenly: ${[...gaps].join()}`);
    assert.ok(steps - found.at(-1)! < [...gaps][0]!);
  }
});

test('within the budget, down to the first and one more', () => {
  for (const most of [100, 20, 3, 2]) {
    const snapshots = after(2000, new Snapshots({ budget: most * 400 }));
    assert.ok(snapshots.bytes <= most * 400, `${snapshots.bytes} bytes`);
    assert.is(snapshots.bytes, snapshots.steps.length * 400);
    assert.ok(snapshots.steps.length >= Math.max(most / 3, 1), `${snapshots.steps.length} of ${most}`);
    assert.is(snapshots.steps[0], 0);
  }
  // where not even one fits, the first stays: without it nothing could be sought
  assert.equal(after(100, new Snapshots({ budget: 10 })).steps, [0]);
});

test('a budget that shrinks, for other branches', () => {
  const snapshots = after(300, new Snapshots({ budget: 1e9 }));
  snapshots.shrinkTo(30 * 400);
  assert.ok(snapshots.bytes <= 30 * 400 && snapshots.steps.length >= 10, `${snapshots.steps.length}`);
  assert.is(snapshots.steps[0], 0);
});

test('the last one before a step', () => {
  const snapshots = after(1000, new Snapshots({ budget: 1e9 }));
  const { steps } = snapshots;
  assert.is(snapshots.before(17)!.step, 17);
  for (const step of [99, 555, 1000]) {
    assert.is(
      snapshots.before(step)!.step,
      steps.findLast((kept) => kept <= step),
    );
  }
  assert.is(new Snapshots({ budget: 1 }).before(5), undefined);
});

test.run();
