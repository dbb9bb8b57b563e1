/** Products of matrices inside other kernels: C = A·B once, or in each plane of Winograd's convolution. */
import type { Callable, FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import type { ModuleBuilder } from '../../assembler/module-builder.ts';
import { emitAdvance, emitPlace, emitRepeat } from '../emit.ts';
import type { Target } from '../kernel.ts';
import { matmulKernel, type MatmulLayout } from '../matmul.ts';
import { planColumns, planDepth, tileColumns } from '../matmul-tiles.ts';
import { floatBytes } from '../sizes.ts';
import { planeGroups, type PlaneLayout } from './planes.ts';

export interface ProductOptions {
  /** Floats from a row of A to the next, and from one p to the next. */
  readonly a: { readonly row: number; readonly step: number };
  /** Columns of a panel of B, and floats from one p to the next, if these are not neighbours. */
  readonly b: { readonly panel: number; readonly step?: number };
  readonly depth: number;
  readonly columns: number;
  readonly rowCounts: readonly number[];
  /** Whether the product is added to C. */
  readonly adds?: boolean;
}

export interface ProductCall {
  /** Bytes from the starts of the operands. */
  readonly a: number;
  readonly b: number;
  readonly callee: Callable;
}

/** The calls that compute C = A·B, or add it to C, where the rows of C follow each other. */
export function productCalls(module: ModuleBuilder, target: Target, options: ProductOptions): ProductCall[] {
  const { a, b, depth: k, columns: n, rowCounts: counts, adds = false } = options;
  const layout: MatmulLayout = {
    aRow: a.row * floatBytes,
    aStep: a.step * floatBytes,
    bStep: (b.step ?? b.panel) * floatBytes,
    // all columns in one panel, or panel after panel of a tile's width
    bPanel: (n === b.panel ? tileColumns(target) : k * b.panel) * floatBytes,
    bPadded: true,
    cRow: n * floatBytes,
  };
  // the columns are whole panels: one group
  const [{ columns, panels }] = planColumns(n, target) as [ReturnType<typeof planColumns>[number]];
  const blocks = planDepth(k);
  return blocks.map(({ start, depth }, index) => ({
    a: start * layout.aStep,
    b: start * layout.bStep,
    callee: matmulKernel(
      {
        layout,
        columns,
        panels,
        depth,
        first: index === 0 && !adds,
        last: index === blocks.length - 1,
        epilogue: 'none',
        rowCounts: counts,
      },
      target,
    ).build(module),
  }));
}

/** Emits C = A·B in each plane of three matrices, group after group of planes. */
export class PlaneProducts {
  readonly #code: FunctionBuilder;
  readonly #layouts: readonly [PlaneLayout, PlaneLayout, PlaneLayout];
  readonly #pointers: readonly [Local, Local, Local];
  readonly #counter: Local;

  /** @param layouts where the planes of A, B and C lie */
  constructor(code: FunctionBuilder, layouts: readonly [PlaneLayout, PlaneLayout, PlaneLayout]) {
    this.#code = code;
    this.#layouts = layouts;
    const [a, b, c] = ['a', 'b', 'c'].map((name) => code.local('i32', `${name}_plane`));
    this.#pointers = [a!, b!, c!];
    this.#counter = code.local('i32', 'planes');
  }

  /**
   * @param starts the addresses of A, B and C
   * @param callsOf the calls for a group of planes; none where there is nothing to do
   * @param pushRows leaves the number of rows on the stack
   */
  emit(
    starts: readonly [Local, Local, Local],
    callsOf: (group: number) => readonly ProductCall[],
    pushRows: (group: number) => unknown,
  ): void {
    const code = this.#code;
    const [a, b, c] = this.#pointers;
    for (const [group, { planes }] of planeGroups.entries()) {
      const calls = callsOf(group);
      if (calls.length === 0) continue;
      for (const [operand, pointer] of this.#pointers.entries()) {
        emitPlace(code, pointer, starts[operand]!, this.#layouts[operand]!.groups[group]!.start);
      }
      emitRepeat(code, this.#counter, planes, () => {
        for (const call of calls) {
          code.get(a).i32(call.a).op('i32.add').get(b).i32(call.b).op('i32.add').get(c).i32(0).i32(0);
          pushRows(group);
          code.call(call.callee);
        }
        for (const [operand, pointer] of this.#pointers.entries()) {
          emitAdvance(code, pointer, this.#layouts[operand]!.groups[group]!.step);
        }
      });
    }
  }
}
