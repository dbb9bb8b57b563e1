/**
 * Walking along rows costs three memory accesses for one multiplication: load B, load C, store C. Registers are faster
 * than any cache, so keep a tile of C there for the whole sum, in 4 × 2 local variables:
 *
 *              b0 b1          Each round of p loads 4 numbers of A and 2 of B, and makes 8 products of them:
 *            ┌───────┐        6 loads for 8 multiplications instead of 16 loads and 8 stores.
 *         a0 │ · · · │
 *         a1 │ 8 sums│        The 8 sums do not wait for each other: while one addition is still running, the
 *         a2 │ · · · │        next ones start.
 *         a3 │ · · · │
 *            └───────┘        B is read down a column again, but a tile uses 2 neighbours of a line at a time, and the
 *                             4 rows of A share them: one walk down B for 8 elements, not for each.
 *
 * A processor of 2010 or later has 16 registers for floats: enough for 8 sums, 2 numbers of B, 1 of A and products. Rows
 * and columns that do not fill a tile are computed one element at a time.
 */
import { plainRung } from './plain.ts';
import type { Rung } from './rung.ts';

const tileRows = 4;
const tileColumns = 2;

function multiply(a: Float32Array, b: Float32Array, c: Float32Array, m: number, k: number, n: number): void {
  const wholeRows = m - (m % tileRows);
  const wholeColumns = n - (n % tileColumns);
  for (let j = 0; j < wholeColumns; j += tileColumns) {
    for (let i = 0; i < wholeRows; i += tileRows) multiplyTile(a, b, c, k, n, i, j);
  }
  for (let i = 0; i < m; i++) {
    for (let j = i < wholeRows ? wholeColumns : 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a[i * k + p]! * b[p * n + j]!;
      c[i * n + j] = sum;
    }
  }
}

/** Rows i to i + 3 and columns j and j + 1 of C. */
function multiplyTile(
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  k: number,
  n: number,
  i: number,
  j: number,
): void {
  let [c00, c01, c10, c11, c20, c21, c30, c31] = [0, 0, 0, 0, 0, 0, 0, 0];
  const [row0, row1, row2, row3] = [i * k, (i + 1) * k, (i + 2) * k, (i + 3) * k];
  for (let p = 0; p < k; p++) {
    const b0 = b[p * n + j]!;
    const b1 = b[p * n + j + 1]!;
    const a0 = a[row0 + p]!;
    const a1 = a[row1 + p]!;
    const a2 = a[row2 + p]!;
    const a3 = a[row3 + p]!;
    c00 += a0 * b0;
    c01 += a0 * b1;
    c10 += a1 * b0;
    c11 += a1 * b1;
    c20 += a2 * b0;
    c21 += a2 * b1;
    c30 += a3 * b0;
    c31 += a3 * b1;
  }
  for (const [r, [left, right]] of [
    [c00, c01],
    [c10, c11],
    [c20, c21],
    [c30, c31],
  ].entries()) {
    c[(i + r) * n + j] = left!;
    c[(i + r) * n + j + 1] = right!;
  }
}

export const registers: Rung = plainRung('04-registers', 'keep a tile in local variables', multiply);
