import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { emitLoads, emitSpread, emitStores, vectorLocals } from './emit.ts';
import { vectorBytes } from './sizes.ts';
import { type Update, type Updated, updateScalars } from './updates.ts';

/** Emits the update of a weight by rows of its gradient that are in registers: how a product ends (matmul.ts). */
export class TileUpdate {
  readonly #code: FunctionBuilder;
  readonly #update: Update;
  /** Addresses of the tile in the weight and the states. */
  readonly #tiles: readonly Local[];
  readonly #scalars: readonly Local[];
  readonly #halves: readonly { readonly from: readonly Local[]; readonly to: readonly Local[] }[];

  /** @param scalars addresses of the optimizer's coefficients, which are read here */
  constructor(code: FunctionBuilder, update: Update, tiles: readonly Local[], scalars: readonly Local[]) {
    this.#code = code;
    this.#update = update;
    this.#tiles = tiles;
    this.#halves = ['lo', 'hi'].map((half) => ({
      from: vectorLocals(code, `from_${half}`, tiles.length),
      to: vectorLocals(code, `to_${half}`, tiles.length),
    }));
    this.#scalars = scalars.map((address, index) => emitSpread(code, address, updateScalars[index]!));
  }

  /** Two vectors at a time, which V8 can pack. */
  emitRow(gradients: readonly Local[], offset: number, lanesOf: (vector: number) => number): void {
    const code = this.#code;
    for (let first = 0; first < gradients.length; first += 2) {
      const pair = gradients.slice(first, first + 2);
      const places = pair.map((_, half) => ({
        offset: offset + (first + half) * vectorBytes,
        lanes: lanesOf(first + half),
      }));
      emitLoads(
        code,
        this.#tiles,
        places,
        this.#halves.map(({ from }) => from),
      );
      for (const [half, gradient] of pair.entries()) {
        const { from, to } = this.#halves[half]!;
        this.#update.emit(code, gradient, updatedOf(from), updatedOf(to), this.#scalars);
      }
      emitStores(
        code,
        this.#tiles,
        places,
        this.#halves.map(({ to }) => to),
      );
    }
  }
}

function updatedOf([weight, ...states]: readonly Local[]): Updated {
  return { weight: weight!, states };
}
