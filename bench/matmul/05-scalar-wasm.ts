/**
 * The loops of "walk along rows" once more, now in WebAssembly, written instruction by instruction:
 *
 *     for i, for p:  scale = A[i, p]
 *       for j:       C[i, j] += scale · B[p, j]
 *
 * The compiler knows more now. Numbers in JavaScript are doubles: a float is widened when it is read, multiplied and added
 * as a double, and rounded when it is stored. Before each access the index is compared with the length of the array. Here
 * the instructions are `f32.mul` and `f32.add`, addresses are plain integers, and a guard region behind the memory replaces
 * the comparisons.
 *
 * Not changed: one float an instruction, and three memory accesses for each product.
 */
import { emitAdvance, emitRepeat, emitZeros } from '../../src/engine/wasm/kernels/emit.ts';
import { floatBytes } from '../../src/engine/wasm/kernels/sizes.ts';
import type { Rung } from './rung.ts';
import { wasmRung } from './wasm.ts';

export const scalarWasm: Rung = wasmRung({
  name: '05-scalar-wasm',
  idea: 'the same loops in WebAssembly',
  tile: { rows: 1, columns: 1 },
  needs: [],
  emit(module, { m, k, n, a, b, c }) {
    const code = module.function('matmul', [], { export: true });
    const [i, p, j] = [code.local('i32', 'i'), code.local('i32', 'p'), code.local('i32', 'j')];
    // addresses: of A[i, p], B[p, j] and C[i, j], and of the beginning and the end of C's row
    const [atA, atB, atC] = [code.local('i32', 'atA'), code.local('i32', 'atB'), code.local('i32', 'atC')];
    const [row, rowEnd] = [code.local('i32', 'row'), code.local('i32', 'rowEnd')];
    const scale = code.local('f32', 'scale');

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
        code.get(atA).memory('f32.load').set(scale);
        code.get(row).set(atC);
        emitRepeat(code, j, n, () => {
          code.get(atC);
          code.get(atC).memory('f32.load');
          code.get(scale).get(atB).memory('f32.load').op('f32.mul');
          code.op('f32.add').memory('f32.store');
          emitAdvance(code, atC, floatBytes);
          emitAdvance(code, atB, floatBytes);
        });
        emitAdvance(code, atA, floatBytes);
      });
      code.get(rowEnd).set(row);
    });
  },
});
