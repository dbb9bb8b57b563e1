import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { partition, sharesOf } from '../../../../src/engine/wasm/plan/partition.ts';

test('ranges of threads are in order, cover all items, and differ by little', () => {
  assert.equal(partition(64, 2), [0, 32, 64]);
  assert.equal(partition(10, 2), [0, 5, 10]);
  // whole vectors where they come out even, pairs, single items
  assert.equal(partition(100, 3), [0, 34, 66, 100]);
  assert.equal(partition(64, 3), [0, 22, 42, 64]);
  assert.equal(partition(784, 2), [0, 392, 784]);
  assert.equal(partition(350, 3), [0, 116, 232, 350]);
  for (let items = 1; items < 400; items++) {
    for (let threads = 1; threads < 18; threads++) {
      const bounds = partition(items, threads);
      assert.equal([bounds[0], bounds.at(-1), bounds.length], [0, items, threads + 1]);
      const lengths = bounds.slice(1).map((end, t) => end - bounds[t]!);
      assert.ok(Math.min(...lengths) >= 0);
      const mean = items / threads;
      assert.ok(
        Math.max(...lengths) <= Math.max(Math.ceil(mean), 1.05 * mean) + 1,
        `${items} on ${threads}: ${lengths.join()}`,
      );
    }
  }
});

test('shares are the lengths of the ranges, without threads that get nothing', () => {
  assert.equal(sharesOf(64, 3), [22, 20, 22]);
  assert.equal(sharesOf(2, 4), [1, 1]);
  for (let items = 1; items < 100; items++) {
    for (let threads = 1; threads < 9; threads++) {
      const shares = sharesOf(items, threads);
      assert.is(
        shares.reduce((sum, share) => sum + share, 0),
        items,
      );
      assert.ok(Math.min(...shares) > 0 && shares.length <= threads);
    }
  }
});

test('pieces divide the range of each thread, and leave its bounds where they are', () => {
  assert.equal(partition(64, 2, 2), [0, 16, 32, 48, 64]);
  for (let items = 1; items < 60; items++) {
    for (let threads = 1; threads < 5; threads++) {
      for (let pieces = 1; pieces < 5; pieces++) {
        const bounds = partition(items, threads, pieces);
        assert.equal(
          bounds.filter((_, index) => index % pieces === 0),
          partition(items, threads),
        );
        assert.is(bounds.length, threads * pieces + 1);
        assert.ok(bounds.slice(1).every((end, index) => end >= bounds[index]!));
      }
    }
  }
});

test.run();
