import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { batches, shuffled, splitValidation } from '../../src/data/batches.ts';
import { oneHot } from '../../src/data/one-hot.ts';

test('the validation part is the last share, and together the parts are everything', () => {
  const { train, validation } = splitValidation(10, 0.2);
  assert.equal([...train], [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal([...validation], [8, 9]);
  assert.is(splitValidation(60_000, 0.2).train.length, 48_000);
  assert.is(splitValidation(7, 0).validation.length, 0);
  assert.throws(() => splitValidation(10, 1), /validation split must be in \[0, 1\), got 1/);
});

test('the batches of an epoch are a permutation of the data, the last one short', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 50 }), (count, size) => {
      const positions = Int32Array.from({ length: count }, (_, i) => 3 * i);
      const parts = [...batches(shuffled(positions, 1, 2), size)];
      const together = parts.flatMap((part) => [...part]);
      assert.equal(
        together.toSorted((a, b) => a - b),
        [...positions],
      );
      assert.ok(parts.slice(0, -1).every((part) => part.length === size));
      assert.is(parts.at(-1)!.length, count % size || size);
    }),
    { seed: 1 },
  );
});

test('the order depends on the seed and on the epoch', () => {
  const positions = Int32Array.from({ length: 50 }, (_, i) => i);
  assert.equal(shuffled(positions, 1, 1), shuffled(positions, 1, 1));
  assert.not.equal(shuffled(positions, 1, 1), shuffled(positions, 1, 2));
  assert.not.equal(shuffled(positions, 1, 1), shuffled(positions, 2, 1));
});

test('one-hot: a 1 in the column of the label; other labels are refused', () => {
  assert.equal([...oneHot([2, 0], 3).values], [0, 0, 1, 1, 0, 0]);
  assert.throws(() => oneHot([3], 3), /labels must be integers from 0 to 2, got 3 at 0/);
});

test.run();
