/**
 * The same multiplications in another order: i, p, j instead of i, j, p. Now the innermost loop takes one number of A
 * and adds that multiple of a row of B to a row of C:
 *
 *     row i of C  =  A[i, 0] · (row 0 of B)  +  A[i, 1] · (row 1 of B)  +  …
 *
 *      A[i, p]          row p of B            row i of C
 *     ┌───────┐       ┌───────────┐         ┌───────────┐
 *     │   ░   │   ×   │ ░░░░░░░░░ │  added  │ ░░░░░░░░░ │     both walk along rows: every float of a cache line
 *     └───────┘       └───────────┘   to    └───────────┘     is used, and the processor fetches ahead.
 *
 * Also, neighbours in the loop belong to different sums, so no addition waits for another. The cost: an element of C is
 * loaded and stored for each product. That makes three memory accesses for one multiplication and one addition.
 */
import { plainRung } from './plain.ts';
import type { Rung } from './rung.ts';

function multiply(a: Float32Array, b: Float32Array, c: Float32Array, m: number, k: number, n: number): void {
  c.fill(0);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const scale = a[i * k + p]!;
      for (let j = 0; j < n; j++) c[i * n + j]! += scale * b[p * n + j]!;
    }
  }
}

export const loopOrder: Rung = plainRung('02-loop-order', 'walk along rows, not down columns', multiply);
