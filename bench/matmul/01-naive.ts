/**
 * C[i, j] = Σₚ A[i, p] · B[p, j], as the formula says: for each element of C, walk along a row of A and down a
 * column of B.
 *
 *      i, p →         p ↓ j           A's row: neighbours in memory. The processor fetches 64 bytes at a time, a
 *     ┌─────────┐    ┌──┬─┬───┐       "cache line" of 16 floats, so 15 of 16 are there already.
 *     │ ░░░░░░░ │    │  │░│   │       B's column: the next number lies n floats further on, in another line, of
 *     └─────────┘    │  │░│   │       which one float in 16 is used now. When the column comes to its end, its
 *                    └──┴─┴───┘       lines may have been pushed out of the cache before column j + 1 asks for them.
 *
 * Besides, all products of an element go into one sum, and each addition waits for the one before: 3 cycles or more
 * for each p, whatever else the processor could do meanwhile.
 */
import { plainRung } from './plain.ts';
import type { Rung } from './rung.ts';

function multiply(a: Float32Array, b: Float32Array, c: Float32Array, m: number, k: number, n: number): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a[i * k + p]! * b[p * n + j]!;
      c[i * n + j] = sum;
    }
  }
}

export const naive: Rung = plainRung('01-naive', 'three loops, as the formula says', multiply);
