/**
 * C[i, j] = Σₚ A[i, p] · B[p, j], as in the formula: for each element of C, walk along a row of A and down a column of
 * B.
 *
 *      i, p →         p ↓ j           A's row: neighbours in memory. The processor fetches 64 bytes at a time, a
 *     ┌─────────┐    ┌──┬─┬───┐       "cache line" of 16 floats, so 15 of 16 loads find their float.
 *     │ ░░░░░░░ │    │  │░│   │       B's column: the next number is n floats further on, in another line, of
 *     └─────────┘    │  │░│   │       which one float in 16 is used now. At the end of the column its first
 *                    └──┴─┴───┘       lines may have left the cache already, before column j + 1 needs them.
 *
 * Also, all products of an element go into one sum, and each addition waits for the one before: 3 cycles or more for
 * each p, in which the processor could do more.
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
