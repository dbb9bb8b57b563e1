/**
 * The same tile of 4 rows × 8 columns with one instruction where there were two: `f32x4.relaxed_madd` is the fused
 * multiply-add, a·b + c with one rounding, which processors have had since about 2013.
 *
 *                 b₀    b₁            Each round of p:
 *              ┌─────┬─────┐            2 loads of B, 4 floats each
 *           a₀ │ sum │ sum │            4 loads of A, one float each, spread over a vector
 *           a₁ │ sum │ sum │            8 multiply-adds: 64 operations on floats
 *           a₂ │ sum │ sum │
 *           a₃ │ sum │ sum │          Two multiply-adds can start in a cycle, and each takes 4 cycles: 8 must run
 *              └─────┴─────┘          at any time, which is the number of sums.
 *
 * It is called relaxed because a processor without it may multiply and add with two roundings: results may differ in the
 * last bit between machines. 16 operations a cycle are the most that 128-bit vectors can give. A core with separate units
 * for additions gains little: there multiplications and additions already overlapped, and the only saving is that there
 * are fewer instructions to decode.
 */
import { emitAdvance, emitRepeat, vectorLocals } from '../../src/engine/wasm/kernels/emit.ts';
import { floatBytes, vectorBytes } from '../../src/engine/wasm/kernels/sizes.ts';
import type { Rung } from './rung.ts';
import { wasmRung } from './wasm.ts';

const rows = 4;
/** Vectors in a row of the tile: 8 columns. */
const vectors = 2;
const columns = 4 * vectors;

export const relaxedFma: Rung = wasmRung({
  name: '08-relaxed-fma',
  idea: 'multiply and add in one instruction',
  tile: { rows, columns },
  needs: ['simd', 'relaxedSimd'],
  emit(module, { m, k, n, a, b, c }) {
    const code = module.function('matmul', [], { export: true });
    const [down, across, p] = [
      code.local('i32', 'down'),
      code.local('i32', 'across'),
      code.local('i32', 'p'),
    ];
    // addresses: of the first of A's 4 rows, of B's 8 columns, and of the tile of C; of A[i, p] and B[p, j]
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
          for (const [v, sum] of row.entries()) {
            code
              .get(tileOfC)
              .get(sum)
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
