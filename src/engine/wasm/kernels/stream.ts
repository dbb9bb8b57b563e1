/**
 * Kernels that walk along arrays and treat every element alike: ReLU, sums, optimizers.
 *
 * A round takes eight floats, in two neighbouring vectors that V8 can pack into one of 256 bits. For the remainder a
 * round takes four floats, then one. A single float goes through the same vector instructions as the others, in one
 * lane, so that the bits of an element do not depend on where a thread's share begins or ends.
 */
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import {
  emitAdvance,
  emitAdvanceBy,
  emitLoads,
  emitLoopTo,
  emitLoopWhole,
  emitSpread,
  emitStores,
  vectorLocals,
} from './emit.ts';
import { type Kernel, kernelFunction } from './kernel.ts';
import { floatBytes, lanes, vectorBytes } from './sizes.ts';

export interface StreamOptions {
  readonly name: string;
  /** The arrays that are read and those that are written. Each has an address parameter, in this order. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Single numbers, each with an address parameter. They are spread over vectors before the loop. */
  readonly scalars?: readonly string[];
  /** Changes the scalars once, before the loop. */
  readonly prepare?: (code: FunctionBuilder, scalars: readonly Local[]) => void;
  /** Inputs that are one item long and used again for every item, such as a bias. */
  readonly repeated?: readonly string[];
  /** Floats in an item, such as a row. */
  readonly itemSize: number;
  /** How many more vectors `body` needs, for its intermediate results. */
  readonly scratch?: number;
  /** Computes one vector of each output from one of each input. */
  readonly body: (
    code: FunctionBuilder,
    inputs: readonly Local[],
    outputs: readonly Local[],
    scalars: readonly Local[],
    scratch: readonly Local[],
  ) => void;
}

export function streamKernel(options: StreamOptions): Kernel {
  return {
    name: options.name,
    build(module) {
      const { inputs, outputs, scalars = [], repeated = [], itemSize } = options;
      const names = [...inputs, ...outputs, ...scalars];
      const { code, addresses, begin, end } = kernelFunction(module, options.name, names);
      const pointers = addresses.slice(0, inputs.length + outputs.length);
      const spread = scalars.map((scalar, index) =>
        emitSpread(code, addresses[pointers.length + index]!, scalar),
      );
      options.prepare?.(code, spread);
      const walk = new Walk(code, options, pointers, spread);
      for (const [index, pointer] of pointers.entries()) {
        if (!repeated.includes(names[index]!)) emitAdvanceBy(code, pointer, begin, itemSize * floatBytes);
      }
      if (repeated.length === 0) {
        walk.emit(() => code.get(end).get(begin).op('i32.sub').i32(itemSize).op('i32.mul'));
      } else {
        emitLoopTo(code, begin, end, 1, () => {
          walk.emit(() => code.i32(itemSize));
          for (const [index, pointer] of pointers.entries()) {
            if (repeated.includes(names[index]!)) emitAdvance(code, pointer, -itemSize * floatBytes);
          }
        });
      }
      return code;
    },
  };
}

/** Walks along all arrays together, for a number of floats that the code knows when it runs. */
class Walk {
  readonly #code: FunctionBuilder;
  readonly #options: StreamOptions;
  readonly #pointers: readonly Local[];
  readonly #scalars: readonly Local[];
  readonly #halves: readonly { readonly inputs: readonly Local[]; readonly outputs: readonly Local[] }[];
  readonly #scratch: readonly Local[];
  readonly #done: Local;
  readonly #count: Local;

  constructor(
    code: FunctionBuilder,
    options: StreamOptions,
    pointers: readonly Local[],
    scalars: readonly Local[],
  ) {
    this.#code = code;
    this.#options = options;
    this.#pointers = pointers;
    this.#scalars = scalars;
    this.#halves = ['lo', 'hi'].map((half) => ({
      inputs: vectorLocals(code, `x_${half}`, options.inputs.length),
      outputs: vectorLocals(code, `y_${half}`, options.outputs.length),
    }));
    this.#scratch = vectorLocals(code, 'scratch', options.scratch ?? 0);
    this.#done = code.local('i32', 'done');
    this.#count = code.local('i32', 'count');
  }

  /** @param pushCount leaves the number of floats on the stack */
  emit(pushCount: () => void): void {
    const code = this.#code;
    pushCount();
    code.set(this.#count).i32(0).set(this.#done);
    emitLoopWhole(code, this.#done, this.#count, 2 * lanes, () => this.#round(2, lanes));
    emitLoopWhole(code, this.#done, this.#count, lanes, () => this.#round(1, lanes));
    emitLoopTo(code, this.#done, this.#count, 1, () => this.#round(1, 1));
  }

  /** Loads everything, computes, then stores. */
  #round(vectors: 1 | 2, laneCount: number): void {
    const code = this.#code;
    const inputCount = this.#options.inputs.length;
    const halves = this.#halves.slice(0, vectors);
    const places = halves.map((_, half) => ({ offset: half * vectorBytes, lanes: laneCount }));
    const [from, to] = [this.#pointers.slice(0, inputCount), this.#pointers.slice(inputCount)];
    emitLoads(
      code,
      from,
      places,
      halves.map(({ inputs }) => inputs),
    );
    for (const { inputs, outputs } of halves) {
      this.#options.body(code, inputs, outputs, this.#scalars, this.#scratch);
    }
    emitStores(
      code,
      to,
      places,
      halves.map(({ outputs }) => outputs),
    );
    for (const pointer of this.#pointers) emitAdvance(code, pointer, vectors * laneCount * floatBytes);
  }
}
