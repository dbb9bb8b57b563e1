import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertClose, assertSameBits } from './close.ts';

const tolerance = { rtol: 1e-3, atol: 1e-6 };

test('accepts what is within the bound, at the bound of zero too', () => {
  assertClose([1.0005, -2, 0], [1, -2, 5e-7], tolerance);
});

test('rejects a value outside of the bound and names the worst one', () => {
  assert.throws(() => assertClose([1.01, 2.5], [1, 2], tolerance), /values\[1\] is 2\.5, expected 2/);
});

test('rejects NaN and infinities on either side, even where both agree', () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    assert.throws(() => assertClose([bad], [1], tolerance), /values\[0\]/);
    assert.throws(() => assertClose([1], [bad], tolerance), /values\[0\]/);
    assert.throws(() => assertClose([bad], [bad], tolerance), /values\[0\]/);
  }
});

test('rejects different lengths', () => {
  assert.throws(() => assertClose([1, 2], [1], tolerance), /2 values, expected 1/);
  assert.throws(() => assertSameBits([], [1]), /0 values, expected 1/);
});

test('the comparison of bits tells 0 from −0 and takes NaN as equal to itself', () => {
  assertSameBits([NaN, 0], [NaN, 0]);
  assert.throws(() => assertSameBits([0], [-0]), /expected 0|expected -0|is 0/);
});

test.run();
