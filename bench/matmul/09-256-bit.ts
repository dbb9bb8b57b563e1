/**
 * The hardware's registers have 256 bits or more; those of WebAssembly, 128. V8 has a pass that finds pairs of 128-bit
 * operations and packs each into one of 256 bits, behind the flag `--experimental-wasm-revectorize`. So: the same tile
 * twice as wide, 4 rows × 16 columns, in 16 vectors, which become 8 registers of 256 bits.
 *
 *                b₀ │ b₁     b₂ │ b₃        Each round of p, once packed:
 *              ┌─────────┬─────────┐          2 loads of B, 8 floats each
 *           a₀ │   sum   │   sum   │          4 loads of A, one float each, spread over a vector
 *           a₁ │   sum   │   sum   │          8 multiply-adds: 128 operations on floats
 *           a₂ │   sum   │   sum   │
 *           a₃ │   sum   │   sum   │        As many instructions as in a tile of 4 × 8, for twice the work.
 *              └─────────┴─────────┘
 *
 * The pass begins at two stores to neighbouring addresses and follows their operands backwards: the sums, the
 * multiply-adds, the loads. It is particular. Both stores of a pair take their address from the same local variable,
 * 16 bytes apart as constant offsets; the upper one comes first; nothing else is loaded or stored in between. Where
 * one pair does not fit, nothing is packed, and the 16 sums spill out of 16 registers: slower than before.
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
