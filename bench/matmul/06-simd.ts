/**
 * SIMD: single instruction, multiple data. A vector of WebAssembly has 128 bits, four floats, and one instruction
 * multiplies all four with four others:
 *
 *     scale       [ s  s  s  s ]        A[i, p], spread over a vector once for each p
 *       ×
 *     row p of B  [ b₀ b₁ b₂ b₃ ]       v128.load: four neighbours
 *       +
 *     row i of C  [ c₀ c₁ c₂ c₃ ]  →  stored where it came from
 *
 * The same work takes a quarter of the instructions, for arithmetic and for memory. But each multiplication still needs two
 * loads and a store, and a core does about two loads and one store in a cycle. So memory is the limit and not arithmetic:
 * one vector a cycle, where two multiplications and two additions could start.
 */
import { emitAdvance, emitRepeat, emitZeros } from '../../src/engine/wasm/kernels/emit.ts';
import { floatBytes, lanes, vectorBytes } from '../../src/engine/wasm/kernels/sizes.ts';
import type { Rung } from './rung.ts';
import { wasmRung } from './wasm.ts';

export const simd: Rung = wasmRung({
  name: '06-simd',
  idea: 'four floats in each instruction',
  tile: { rows: 1, columns: lanes },
  needs: ['simd'],
  emit(module, { m, k, n, a, b, c }) {
    const code = module.function('matmul', [], { export: true });
    const [i, p, j] = [code.local('i32', 'i'), code.local('i32', 'p'), code.local('i32', 'j')];
    // addresses: of A[i, p], B[p, j …] and C[i, j …], and of the beginning and the end of C's row
    const [atA, atB, atC] = [code.local('i32', 'atA'), code.local('i32', 'atB'), code.local('i32', 'atC')];
    const [row, rowEnd] = [code.local('i32', 'row'), code.local('i32', 'rowEnd')];
    const scale = code.local('v128', 'scale');

    code.i32(a).set(atA).i32(c).set(row);
    emitRepeat(code, i, m, () => {
      code.get(row).tee(atC);
      code
        .i32(n * floatBytes)
        .op('i32.add')
        .set(rowEnd);
      emitZeros(code, atC, rowEnd);
      code.i32(b).set(atB);
      emitRepeat(code, p, k, () => {
        code.get(atA).memory('v128.load32_splat').set(scale);
        code.get(row).set(atC);
        emitRepeat(code, j, n / lanes, () => {
          code.get(atC);
          code.get(atC).memory('v128.load');
          code.get(scale).get(atB).memory('v128.load').op('f32x4.mul');
          code.op('f32x4.add').memory('v128.store');
          emitAdvance(code, atC, vectorBytes);
          emitAdvance(code, atB, vectorBytes);
        });
        emitAdvance(code, atA, floatBytes);
      });
      code.get(rowEnd).set(row);
    });
  },
});
