/** Products of matrices inside other kernels: C = A·B once, or in each of the 36 planes of Winograd's convolution. */
import type { Callable, FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import type { ModuleBuilder } from '../../assembler/module-builder.ts';
import { emitAdvance, emitRepeat } from '../emit.ts';
import type { Target } from '../kernel.ts';
import { matmulKernel, type MatmulLayout } from '../matmul.ts';
import { planColumns, planDepth, tileColumns } from '../matmul-tiles.ts';
import { floatBytes } from '../sizes.ts';
import { planeCount } from './tiles.ts';

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

interface PlaneOptions extends ProductOptions {
  /** Bytes from plane to plane. */
  readonly planes: { readonly a: number; readonly b: number; readonly c: number };
}

/** The product C = A·B in each of the 36 planes. */
export class PlaneProducts {
  readonly #code: FunctionBuilder;
  readonly #planes: PlaneOptions['planes'];
  readonly #calls: readonly ProductCall[];
  readonly #pointers: readonly [Local, Local, Local];
  readonly #plane: Local;

  constructor(module: ModuleBuilder, code: FunctionBuilder, target: Target, options: PlaneOptions) {
    this.#calls = productCalls(module, target, options);
    this.#code = code;
    this.#planes = options.planes;
    this.#pointers = ['a', 'b', 'c'].map((name) => code.local('i32', `${name}_plane`)) as [
      Local,
      Local,
      Local,
    ];
    this.#plane = code.local('i32', 'plane');
  }

  /** @param pushRows leaves the number of rows on the stack */
  emit(a: Local, b: Local, c: Local, pushRows: () => unknown): void {
    const code = this.#code;
    for (const [index, start] of [a, b, c].entries()) code.get(start).set(this.#pointers[index]!);
    const [aPlane, bPlane, cPlane] = this.#pointers;
    emitRepeat(code, this.#plane, planeCount, () => {
      for (const call of this.#calls) {
        code.get(aPlane).i32(call.a).op('i32.add').get(bPlane).i32(call.b).op('i32.add');
        code.get(cPlane).i32(0).i32(0);
        pushRows();
        code.call(call.callee);
      }
      emitAdvance(code, aPlane, this.#planes.a);
      emitAdvance(code, bPlane, this.#planes.b);
      emitAdvance(code, cPlane, this.#planes.c);
    });
  }
}
