/**
 * Registers of the hardware have 256 bits or more, vectors of WebAssembly 128. Behind a flag
 * (`--experimental-wasm-revectorize` in Node 26), V8 finds pairs of 128-bit operations and packs each pair into one of 256 bits. So this
 * tile is twice as wide: 4 rows × 16 columns, in 16 vectors, which become 8 registers of 256 bits.
 *
 *                b₀ │ b₁     b₂ │ b₃        Each round of p, once packed:
 *              ┌─────────┬─────────┐          2 loads of B, 8 floats each
 *           a₀ │   sum   │   sum   │          4 loads of A, one float each, spread over a vector
 *           a₁ │   sum   │   sum   │          8 multiply-adds: 128 operations on floats
 *           a₂ │   sum   │   sum   │
 *           a₃ │   sum   │   sum   │        The same number of instructions as a tile of 4 × 8, for twice the work.
 *              └─────────┴─────────┘
 *
 * V8 starts at two stores to neighbouring addresses and follows their operands backward: the sums, the multiply-adds, the
 * loads. Its conditions are strict. Both stores of a pair must use the same local variable as address, with constant
 * offsets 16 bytes apart. The store to the higher address comes first, and no other load or store may stand between them.
 * If one pair does not fit, nothing is packed. Then 16 sums do not fit into 16 registers, and the code is slower than before.
 */
import { emitAdvance, emitRepeat, vectorLocals } from '../../src/engine/wasm/kernels/emit.ts';
import { floatBytes, vectorBytes } from '../../src/engine/wasm/kernels/sizes.ts';
import type { Rung } from './rung.ts';
import { wasmRung } from './wasm.ts';

const rows = 4;
/** Vectors of 128 bits in a row of the tile, two pairs: 16 columns. */
const vectors = 4;
const columns = 4 * vectors;

export const packed: Rung = wasmRung({
  name: '09-256-bit',
  idea: 'V8 packs pairs into 256 bits',
  tile: { rows, columns },
  needs: ['simd', 'relaxedSimd', 'revectorize'],
  emit(module, { m, k, n, a, b, c }) {
    const code = module.function('matmul', [], { export: true });
    const [down, across, p] = [
      code.local('i32', 'down'),
      code.local('i32', 'across'),
      code.local('i32', 'p'),
    ];
    // addresses: of the first of A's 4 rows, of B's 16 columns, and of the tile of C; of A[i, p] and B[p, j]
    const [rowsOfA, columnsOfB] = [code.local('i32', 'rowsOfA'), code.local('i32', 'columnsOfB')];
    const [tileOfC, atA, atB] = [
      code.local('i32', 'tileOfC'),
      code.local('i32', 'atA'),
      code.local('i32', 'atB'),
    ];
    const sums = Array.from({ length: rows }, (_, r) => vectorLocals(code, `sum${r}_`, vectors));
    const rowOfB = vectorLocals(code, 'b', vectors);
    const spread = code.local('v128', 'spread');

    code.i32(a).set(rowsOfA).i32(c).set(tileOfC);
    emitRepeat(code, down, m / rows, () => {
      code.i32(b).set(columnsOfB);
      emitRepeat(code, across, n / columns, () => {
        for (const sum of sums.flat()) code.f32x4(0).set(sum);
        code.get(rowsOfA).set(atA).get(columnsOfB).set(atB);
        emitRepeat(code, p, k, () => {
          for (const [v, vector] of rowOfB.entries()) {
            code
              .get(atB)
              .memory('v128.load', v * vectorBytes)
              .set(vector);
          }
          for (const [r, row] of sums.entries()) {
            code
              .get(atA)
              .memory('v128.load32_splat', r * k * floatBytes)
              .set(spread);
            for (const [v, sum] of row.entries()) {
              code.get(spread).get(rowOfB[v]!).get(sum).op('f32x4.relaxed_madd').set(sum);
            }
          }
          emitAdvance(code, atA, floatBytes);
          emitAdvance(code, atB, n * floatBytes);
        });
        for (const [r, row] of sums.entries()) {
          for (const v of [1, 0, 3, 2]) {
            code
              .get(tileOfC)
              .get(row[v]!)
              .memory('v128.store', r * n * floatBytes + v * vectorBytes);
          }
        }
        emitAdvance(code, columnsOfB, columns * floatBytes);
        emitAdvance(code, tileOfC, columns * floatBytes);
      });
      // tileOfC is at the end of its first row: three more rows down
      emitAdvance(code, tileOfC, (rows - 1) * n * floatBytes);
      emitAdvance(code, rowsOfA, rows * k * floatBytes);
    });
  },
});
