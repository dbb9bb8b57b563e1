import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkSample } from '../../../bench/kernels/sampled-check.ts';

/** C [2, 3] with sums of 4 terms; element [i, j] is 10 i + j. */
const product = {
  size: { m: 2, n: 3, k: 4 },
  expected: (row: number, column: number) => 10 * row + column,
};
const right = Float32Array.of(0, 1, 2, 10, 11, 12);

test('a sample of a product: right within rounding, the worst error as a share of its bound', () => {
  assert.is(checkSample('a product', product, right), 0);
  const bound = 4 * 4 * 2 ** -24;
  const near = Float64Array.from(right, (value) => value + bound / 2);
  const worst = checkSample('a product', product, near as unknown as Float32Array);
  assert.ok(Math.abs(worst - 0.5) < 1e-6, `${worst}`);
});

test('a sample of a product: the last element is always in it, NaN is wrong, and the length counts', () => {
  for (const wrong of [13, NaN]) {
    assert.throws(
      () => checkSample('a product', product, Float32Array.of(0, 1, 2, 10, 11, wrong)),
      `a product: element [1, 2] is ${wrong}, expected 12: not timed`,
    );
  }
  assert.throws(
    () => checkSample('a product', product, right.subarray(1)),
    'a product: 5 elements, expected 6: not timed',
  );
});

test.run();
