/**
 * Every row of C needs all of B. At n = 1024 that is 4 MiB, more than the first- and second-level caches of most cores
 * hold, so that B comes from further away 1024 times. The cure is to do all the work on a piece of B while it is near:
 *
 *        B                    A block of 64 × 256 floats is 64 KiB: it stays in the second-level cache (some 512 KiB
 *     ┌──┬──┬──┐              to 2 MiB) while all rows of A pass by, and the 256 floats of C that go with it, 1 KiB,
 *     │░░│  │  │  64 rows     stay in the first (32 KiB).
 *     ├──┼──┼──┤
 *     │  │  │  │              Fetches of B from afar: m times for each float before, once now. In exchange C is
 *     └──┴──┴──┘              read and written k/64 times from further away instead of staying near.
 *     256 columns
 *
 * It helps only where fetching is what limits: a loop of one float at a time computes so slowly that the memory, which
 * walks along rows and is fetched ahead, nearly keeps up. The kernels with vectors are the ones that starve.
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
