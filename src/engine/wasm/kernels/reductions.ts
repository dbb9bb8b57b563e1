/** Sums and other reductions. One thread sums over a whole array, in double precision and in a fixed order. */
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import {
  emitAdvance,
  emitAdvanceBy,
  emitLoadLanes,
  emitLoopTo,
  emitLoopWhole,
  emitRepeat,
  emitStoreLanes,
  vectorLocals,
} from './emit.ts';
import { type Kernel, kernelFunction } from './kernel.ts';
import { floatBytes, lanes, vectorBytes } from './sizes.ts';

/** y[j] = Σᵢ x[i, j], eight columns at a time, then four, then one. The items are columns. */
export function sumRowsKernel(rows: number, columns: number): Kernel {
  const name = `sumRows_${rows}x${columns}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['x', 'y']);
      const [x, y] = addresses as [Local, Local];
      const from = code.local('i32', 'from');
      const counter = code.local('i32', 'counter');
      const sums = vectorLocals(code, 'sum', 2);
      for (const pointer of [x, y]) emitAdvanceBy(code, pointer, begin, floatBytes);
      const round = (vectors: number, count: number): void => {
        const used = sums.slice(0, vectors);
        for (const sum of used) code.f32x4(0).set(sum);
        code.get(x).set(from);
        emitRepeat(code, counter, rows, () => {
          for (const [v, sum] of used.entries()) {
            code.get(sum);
            emitLoadLanes(code, from, count, v * vectorBytes);
            code.op('f32x4.add').set(sum);
          }
          emitAdvance(code, from, columns * floatBytes);
        });
        for (const [v, sum] of [...used.entries()].toReversed())
          emitStoreLanes(code, y, sum, count, v * vectorBytes);
        for (const pointer of [x, y]) emitAdvance(code, pointer, vectors * count * floatBytes);
      };
      emitLoopWhole(code, begin, end, 2 * lanes, () => round(2, lanes));
      emitLoopWhole(code, begin, end, lanes, () => round(1, lanes));
      emitLoopTo(code, begin, end, 1, () => round(1, 1));
      return code;
    },
  };
}

/** y = (Σ x) / count. */
export function meanKernel(count: number): Kernel {
  return sumKernel(
    `mean_${count}`,
    count,
    (code, value) => code.get(value),
    (code) => code.f64(count).op('f64.div'),
  );
}

/** y = scale · Σ x². */
export function sumSquaresKernel(count: number, scale: number): Kernel {
  const square = (code: FunctionBuilder, value: Local): unknown => code.get(value).get(value).op('f64x2.mul');
  return sumKernel(`sumSquares_${count}_by_${scale}`, count, square, (code) => code.f64(scale).op('f64.mul'));
}

/** A sum over all elements, in pairs of doubles. The only item is the whole array. */
function sumKernel(
  name: string,
  count: number,
  term: (code: FunctionBuilder, value: Local) => unknown,
  finish: (code: FunctionBuilder) => unknown,
): Kernel {
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['x', 'y']);
      const [x, y] = addresses as [Local, Local];
      const counter = code.local('i32', 'counter');
      const sums = vectorLocals(code, 'sum', 2);
      const value = code.local('v128', 'value');
      const pairs = 2;
      const add = (index: number, load: () => void): void => {
        load();
        code.op('f64x2.promote_low_f32x4').set(value).get(sums[index]!);
        term(code, value);
        code.op('f64x2.add').set(sums[index]!);
      };
      // a thread with an empty range does nothing
      emitLoopTo(code, begin, end, 1, () => {
        if (count >= lanes) {
          emitRepeat(code, counter, Math.floor(count / lanes), () => {
            for (const index of sums.keys()) {
              add(index, () => code.get(x).memory('v128.load64_zero', index * pairs * floatBytes));
            }
            emitAdvance(code, x, vectorBytes);
          });
        }
        for (let rest = 0; rest < count % lanes; rest++) {
          add(0, () => code.get(x).memory('v128.load32_zero', rest * floatBytes));
        }
        code.get(y).get(sums[0]!).get(sums[1]!).op('f64x2.add').set(value);
        code.get(value).lane('f64x2.extract_lane', 0).get(value).lane('f64x2.extract_lane', 1).op('f64.add');
        finish(code);
        code.op('f32.demote_f64').memory('f32.store');
      });
      return code;
    },
  };
}

/** y[i] = the column of the largest element of row i; the first of equal ones. The items are rows. */
export function argmaxKernel(columns: number): Kernel {
  const name = `argmax_${columns}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['x', 'y']);
      const [x, y] = addresses as [Local, Local];
      const best = code.local('f32', 'best');
      const bestColumn = code.local('i32', 'best_column');
      const column = code.local('i32', 'column');
      const columnCount = code.local('i32', 'columns');
      emitAdvanceBy(code, x, begin, columns * floatBytes);
      emitAdvanceBy(code, y, begin, floatBytes);
      code.i32(columns).set(columnCount);
      emitLoopTo(code, begin, end, 1, () => {
        code.get(x).memory('f32.load').set(best).i32(0).set(bestColumn).i32(0).set(column);
        emitLoopTo(code, column, columnCount, 1, () => {
          code
            .get(x)
            .memory('f32.load')
            .get(best)
            .op('f32.gt')
            .if(() => {
              code.get(x).memory('f32.load').set(best).get(column).set(bestColumn);
            });
          emitAdvance(code, x, floatBytes);
        });
        code.get(y).get(bestColumn).memory('i32.store');
        emitAdvance(code, y, floatBytes);
      });
      return code;
    },
  };
}

/** count = the number of positions where a and b are equal. The only item is the whole array. */
export function countEqualKernel(length: number): Kernel {
  const name = `countEqual_${length}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['a', 'b', 'count']);
      const [a, b, count] = addresses as [Local, Local, Local];
      const equal = code.local('i32', 'equal');
      const counter = code.local('i32', 'counter');
      emitLoopTo(code, begin, end, 1, () => {
        emitRepeat(code, counter, length, () => {
          code
            .get(equal)
            .get(a)
            .memory('i32.load')
            .get(b)
            .memory('i32.load')
            .op('i32.eq')
            .op('i32.add')
            .set(equal);
          for (const pointer of [a, b]) emitAdvance(code, pointer, floatBytes);
        });
        code.get(count).get(equal).op('f32.convert_i32_u').memory('f32.store');
      });
      return code;
    },
  };
}
