/**
 * A matrix M applied to a square X from both sides, M · X · Mᵀ, where each element is a vector of eight channels. First
 * M is applied to the columns, then to the rows. The square between the two does not fit in the registers: it goes
 * through a scratch in memory.
 */
import type { FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import type { Target } from '../kernel.ts';
import { floatBytes, vectorBytes } from '../sizes.ts';
import { halves, LinearMap, type Pair, pairLocals } from './linear-map.ts';
import type { Matrix } from './matrices.ts';
import { groupFloats, planeCount } from './tiles.ts';

/** Bytes of one vector of a square. */
export const groupBytes: number = groupFloats * floatBytes;
/** What a transform keeps between its two passes: one square. */
export const scratchBytes: number = planeCount * groupBytes;

/** Where one vector of a square lies. */
export interface Place {
  readonly address: Local;
  readonly offset: number;
}

export interface Square {
  /** Where element (i, j) of X lies; null stands for zeros. */
  readonly load: (i: number, j: number) => Place | null;
  /** Where element (i, j) of the result goes; null if it is not needed. With `adds` it is added to what is there. */
  readonly store: (i: number, j: number) => (Place & { readonly adds?: boolean }) | null;
  /** Emits code that changes a result before it is stored. */
  readonly finish?: (result: Pair, place: Place) => void;
}

/** Emits M · X · Mᵀ for squares X. */
export class SquareTransform {
  readonly #code: FunctionBuilder;
  readonly #map: LinearMap;
  readonly #scratch: Local;
  readonly #inputs: readonly Pair[];
  readonly #results: readonly Pair[];
  readonly #rows: number;
  readonly #columns: number;

  constructor(code: FunctionBuilder, matrix: Matrix, scratch: Local, target: Target) {
    this.#code = code;
    this.#rows = matrix.length;
    this.#columns = matrix[0]!.length;
    this.#map = new LinearMap(code, matrix, target, 'step');
    this.#scratch = scratch;
    this.#inputs = pairLocals(code, 'in', this.#columns);
    this.#results = pairLocals(code, 'out', this.#rows);
  }

  emit({ load, store, finish }: Square): void {
    const rows = Array.from({ length: this.#rows }, (_, i) => i);
    const columns = Array.from({ length: this.#columns }, (_, j) => j);
    const wanted = (i: number): boolean => rows.some((j) => store(i, j) !== null);
    const between = new Map<number, Place>();
    for (const j of columns) {
      this.#code.note(`column ${j}`);
      const results = this.#map.emit(this.#load(columns.map((i) => load(i, j))), wanted);
      for (const [i, result] of results.entries()) {
        if (result === null) continue;
        const index = i * this.#columns + j;
        const place = { address: this.#scratch, offset: index * groupBytes };
        this.#store(result, place);
        between.set(index, place);
      }
    }
    for (const i of rows.filter(wanted)) {
      this.#code.note(`row ${i}`);
      const inputs = this.#load(columns.map((j) => between.get(i * this.#columns + j) ?? null));
      const results = this.#map.emit(inputs, (j) => store(i, j) !== null);
      for (const j of rows) {
        const place = store(i, j);
        if (place === null) continue;
        this.#finish(results[j] ?? null, this.#results[j]!, place, finish);
      }
    }
  }

  #finish(
    value: Pair | null,
    result: Pair,
    place: Place & { readonly adds?: boolean },
    finish: Square['finish'],
  ): void {
    const code = this.#code;
    for (const [index, half] of halves.entries()) {
      if (value) code.get(value[half]);
      else code.f32x4(0);
      if (place.adds) {
        code.get(place.address).memory('v128.load', place.offset + index * vectorBytes);
        code.op('f32x4.add');
      }
      code.set(result[half]);
    }
    finish?.(result, place);
    this.#store(result, place);
  }

  #load(places: readonly (Place | null)[]): (Pair | null)[] {
    const code = this.#code;
    return places.map((place, index) => {
      if (place === null) return null;
      const pair = this.#inputs[index]!;
      for (const [half, name] of halves.entries()) {
        code
          .get(place.address)
          .memory('v128.load', place.offset + half * vectorBytes)
          .set(pair[name]);
      }
      return pair;
    });
  }

  /** Stores the upper half first: V8 packs two stores in that order. */
  #store({ lo, hi }: Pair, { address, offset }: Place): void {
    this.#code
      .get(address)
      .get(hi)
      .memory('v128.store', offset + vectorBytes);
    this.#code.get(address).get(lo).memory('v128.store', offset);
  }
}
