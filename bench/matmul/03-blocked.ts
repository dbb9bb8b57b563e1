/**
 * Every row of C needs all of B. At n = 1024 that is 4 MiB, more than the first- and second-level caches of most cores
 * hold, so B is fetched from further away 1024 times. The remedy: do all the work on a block of B while it is in the cache.
 *
 *        B                    A block of 64 × 256 floats is 64 KiB: it stays in the second-level cache (some 512 KiB
 *     ┌──┬──┬──┐              to 2 MiB) while all rows of A pass by, and the 256 floats of C that go with it, 1 KiB,
 *     │░░│  │  │  64 rows     stay in the first (32 KiB).
 *     ├──┼──┼──┤
 *     │  │  │  │              Each float of B is now fetched from afar once and not m times. In return, C is
 *     └──┴──┴──┘              read and written k/64 times from further away instead of staying near.
 *     256 columns
 *
 * This helps only where memory is the limit. A loop over single floats computes so slowly that the memory, which is
 * fetched ahead along rows, nearly keeps up. Kernels with vectors are faster than the memory, and gain more.
 */
import { plainRung } from './plain.ts';
import type { Rung } from './rung.ts';

const rows = 64;
const columns = 256;

function multiply(a: Float32Array, b: Float32Array, c: Float32Array, m: number, k: number, n: number): void {
  c.fill(0);
  for (let column = 0; column < n; column += columns) {
    const columnEnd = Math.min(column + columns, n);
    for (let row = 0; row < k; row += rows) {
      const rowEnd = Math.min(row + rows, k);
      // the loops of "walk along rows", on this block of B
      for (let i = 0; i < m; i++) {
        for (let p = row; p < rowEnd; p++) {
          const scale = a[i * k + p]!;
          for (let j = column; j < columnEnd; j++) c[i * n + j]! += scale * b[p * n + j]!;
        }
      }
    }
  }
}

export const blocked: Rung = plainRung('03-blocked', 'use blocks while they are cached', multiply);
