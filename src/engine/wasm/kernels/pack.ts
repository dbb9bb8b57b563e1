/**
 * Copies B into panels [n / width][k][width], the order in which the kernel of matmul reads it, with zeros after the
 * last column. If B is stored [n, k] (transposed), blocks of 4×4 are transposed in registers.
 */
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import {
  emitAdvance,
  emitAdvanceBy,
  emitLoadLanes,
  emitLoopTo,
  emitRepeat,
  floatLanes,
  vectorLocals,
} from './emit.ts';
import { type Kernel, kernelFunction } from './kernel.ts';
import { floatBytes, lanes } from './sizes.ts';

export interface PackOptions {
  readonly k: number;
  readonly n: number;
  /** Columns of a panel. */
  readonly width: number;
  /** Whether B is stored [n, k]. */
  readonly transposed: boolean;
}

/** The items are panels. Addresses: source, panels. */
export function packKernel({ k, n, width, transposed }: PackOptions): Kernel {
  const name = `pack_${k}x${n}_to_panels_of_${width}${transposed ? '_transposed' : ''}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['source', 'panels']);
      const [source, panels] = addresses as [Local, Local];
      const sourcePanel = (transposed ? k : 1) * width * floatBytes;
      emitAdvanceBy(code, source, begin, sourcePanel);
      emitAdvanceBy(code, panels, begin, k * width * floatBytes);
      const emitter = new PanelEmitter(code, { k, n, width, transposed });
      const wholePanels = Math.floor(n / width);
      const panel = (columns: number): void => {
        emitter.emit(source, panels, columns);
        emitAdvance(code, source, sourcePanel);
        emitAdvance(code, panels, k * width * floatBytes);
      };
      const whole = code.local('i32', 'whole');
      // the last panel may be narrower; it has its own code
      code.get(end).set(whole);
      if (n % width !== 0) {
        code
          .get(end)
          .i32(wholePanels)
          .op('i32.gt_u')
          .if(() => code.i32(wholePanels).set(whole));
      }
      emitLoopTo(code, begin, whole, 1, () => panel(width));
      if (n % width !== 0) emitLoopTo(code, begin, end, 1, () => panel(n % width));
      return code;
    },
  };
}

class PanelEmitter {
  readonly #code: FunctionBuilder;
  readonly #options: PackOptions;
  readonly #from: Local;
  readonly #to: Local;
  readonly #counter: Local;
  readonly #rows: Local[];
  readonly #halves: Local[];

  constructor(code: FunctionBuilder, options: PackOptions) {
    this.#code = code;
    this.#options = options;
    this.#from = code.local('i32', 'from');
    this.#to = code.local('i32', 'to');
    this.#counter = code.local('i32', 'counter');
    this.#rows = vectorLocals(code, 'row', lanes);
    this.#halves = vectorLocals(code, 'half', lanes);
  }

  /** Copies one panel, four columns at a time. */
  emit(source: Local, panels: Local, columns: number): void {
    const code = this.#code;
    const { k, width, transposed } = this.#options;
    for (let column = 0; column < width; column += lanes) {
      const valid = Math.max(0, Math.min(lanes, columns - column));
      code
        .get(source)
        .i32(column * floatBytes * (transposed ? k : 1))
        .op('i32.add')
        .set(this.#from);
      code
        .get(panels)
        .i32(column * floatBytes)
        .op('i32.add')
        .set(this.#to);
      if (valid === 0) this.#emitCopy(k, () => code.f32x4(0), 0);
      else if (!transposed) {
        this.#emitCopy(k, () => emitLoadLanes(code, this.#from, valid, 0), this.#options.n * floatBytes);
      } else {
        if (k >= lanes) emitRepeat(code, this.#counter, Math.floor(k / lanes), () => this.#emitBlock(valid));
        if (k % lanes > 0) this.#emitCopy(k % lanes, () => this.#emitGather(valid), floatBytes);
      }
    }
  }

  /** Copies `count` vectors, one for each p. */
  #emitCopy(count: number, load: () => void, step: number): void {
    const code = this.#code;
    emitRepeat(code, this.#counter, count, () => {
      code.get(this.#to);
      load();
      code.memory('v128.store');
      emitAdvance(code, this.#from, step);
      emitAdvance(code, this.#to, this.#options.width * floatBytes);
    });
  }

  /** Leaves a vector on the stack: one float from each of `valid` rows, k floats apart. */
  #emitGather(valid: number): void {
    const code = this.#code;
    code.get(this.#from).memory('v128.load32_zero');
    for (let r = 1; r < valid; r++) {
      code.set(this.#rows[0]!).get(this.#from).get(this.#rows[0]!);
      code.memoryLane('v128.load32_lane', r, r * this.#options.k * floatBytes);
    }
  }

  /** Transposes 4 × 4 floats: two rounds of interleaving turn rows into columns. */
  #emitBlock(valid: number): void {
    const code = this.#code;
    const { k, width } = this.#options;
    for (const [r, row] of this.#rows.entries()) {
      if (r < valid) code.get(this.#from).memory('v128.load', r * k * floatBytes);
      else code.f32x4(0);
      code.set(row);
    }
    const [r0, r1, r2, r3] = this.#rows as [Local, Local, Local, Local];
    const pairs = [
      [r0, r2, interleaveLow],
      [r0, r2, interleaveHigh],
      [r1, r3, interleaveLow],
      [r1, r3, interleaveHigh],
    ] as const;
    for (const [index, [x, y, order]] of pairs.entries()) {
      code.get(x).get(y).shuffle(order).set(this.#halves[index]!);
    }
    const [h0, h1, h2, h3] = this.#halves as [Local, Local, Local, Local];
    const columns = [
      [h0, h2, interleaveLow],
      [h0, h2, interleaveHigh],
      [h1, h3, interleaveLow],
      [h1, h3, interleaveHigh],
    ] as const;
    for (const [p, [x, y, order]] of columns.entries()) {
      code
        .get(this.#to)
        .get(x)
        .get(y)
        .shuffle(order)
        .memory('v128.store', p * width * floatBytes);
    }
    emitAdvance(code, this.#from, lanes * floatBytes);
    emitAdvance(code, this.#to, lanes * width * floatBytes);
  }
}

/** (x₀ y₀ x₁ y₁) and (x₂ y₂ x₃ y₃), as lanes of bytes. */
const interleaveLow = floatLanes(0, 4, 1, 5);
const interleaveHigh = floatLanes(2, 6, 3, 7);
