import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { emitLoadLanes, emitStoreLanes, vectorLocals } from './emit.ts';
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
    this.#scalars = scalars.map((address, index) => {
      const spread = code.local('v128', updateScalars[index]!);
      code.get(address).memory('v128.load32_splat').set(spread);
      return spread;
    });
  }

  /** Two vectors at a time: all loads, then all stores, as V8 needs it to pack them. */
  emitRow(gradients: readonly Local[], offset: number, lanesOf: (vector: number) => number): void {
    const code = this.#code;
    for (let first = 0; first < gradients.length; first += 2) {
      const pair = gradients.slice(first, first + 2);
      const at = (half: number): number => offset + (first + half) * vectorBytes;
      for (const [index, tile] of this.#tiles.entries()) {
        for (const half of pair.keys()) {
          emitLoadLanes(code, tile, lanesOf(first + half), at(half));
          code.set(this.#halves[half]!.from[index]!);
        }
      }
      for (const [half, gradient] of pair.entries()) {
        const { from, to } = this.#halves[half]!;
        this.#update.emit(code, gradient, updatedOf(from), updatedOf(to), this.#scalars);
      }
      for (const [index, tile] of this.#tiles.entries()) {
        for (const half of [...pair.keys()].toReversed()) {
          emitStoreLanes(code, tile, this.#halves[half]!.to[index]!, lanesOf(first + half), at(half));
        }
      }
    }
  }
}

function updatedOf([weight, ...states]: readonly Local[]): Updated {
  return { weight: weight!, states };
}
