/**
 * C [m, n] = A [m, k] · B [k, n], a tile of C at a time:
 *
 *              j … 16 columns          Each round of the inner loop takes one column of A's tile (6 numbers,
 *            ┌────────────────┐        each spread over a vector) and one row of B's panel (16 numbers in
 *          i │ 6×16 sums that │        vectors) and adds their outer product to the 96 sums. These stay in
 *          … │ stay in        │        registers for the whole loop: 8 loads serve 12 multiply-adds of eight
 *     6 rows │ registers      │        floats each. The reference loads twice for each multiply-add.
 *            └────────────────┘
 *
 * If B is stored row by row, nothing is copied: the panel is read in place, 16 neighbouring floats from each row.
 * A's numbers are read wherever its strides say. kernels/pack.ts copies B into panels where that saves time, or where
 * B is stored transposed.
 *
 * A long sum over k is cut into blocks, so that a panel of B stays in the cache while the rows of A use it one after
 * the other. The sums of one block are where the next one starts. Every element is the sum over p in rising order,
 * so its bits do not depend on the tile, the block or the thread.
 */
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import {
  emitAdvance,
  emitAdvanceBy,
  emitLoadLanes,
  emitLoopTo,
  emitMultiplyAdd,
  emitRepeat,
  emitStoreLanes,
  vectorLocals,
} from './emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from './kernel.ts';
import { maxRows, planRowBlocks, planRows, tileHeights, unroll } from './matmul-tiles.ts';
import { floatBytes, lanes, vectorBytes } from './sizes.ts';
import { TileUpdate } from './tile-update.ts';
import { type Update, updateScalars } from './updates.ts';

/** What happens to a sum before it is stored. */
export type Epilogue = 'none' | 'bias' | 'biasRelu' | 'mask';

/** How the operands lie in memory, in bytes from one element to the next. */
export interface MatmulLayout {
  /** From a row of A's tile to the next, and from one p to the next. */
  readonly aRow: number;
  readonly aStep: number;
  /** Where each p lies in a row of A, if the steps between them are not equal. Such a sum is fully unrolled. */
  readonly aOffsets?: readonly number[];
  /** From one p to the next in B's panel; its 16 floats are neighbours. */
  readonly bStep: number;
  /** From one panel of B to the next. */
  readonly bPanel: number;
  /** Whether panels are padded with zeros to whole vectors. */
  readonly bPadded: boolean;
  /** From a row of C (and of the mask) to the next. */
  readonly cRow: number;
}

/** A part of the product that one function computes: some columns, one block of k. */
export interface MatmulPart {
  readonly layout: MatmulLayout;
  /** Columns of a panel, and how many panels of that width follow each other. */
  readonly columns: number;
  readonly panels: number;
  /** Length of the block of k, and whether it is the first and the last. */
  readonly depth: number;
  readonly first: boolean;
  readonly last: boolean;
  readonly epilogue: Epilogue;
  /**
   * Where C is the gradient of a weight: the update of the weight, in the place of storing a C that nobody reads. The
   * weight and what the optimizer keeps lie in memory as C does.
   */
  readonly update?: Update | undefined;
  /** The numbers of rows that a call may get. Tile heights that none of them needs are left out. */
  readonly rowCounts: readonly number[];
}

/** Addresses: A, B, C, the bias or the mask; with an update, the weight, its states and the optimizer's coefficients. */
export function matmulKernel(part: MatmulPart, target: Target): Kernel {
  const { layout, columns, panels, depth, first, last, epilogue, rowCounts } = part;
  const update = last ? part.update : undefined;
  const counts = rowCounts.flatMap((rows) => planRowBlocks(rows, panels));
  const heights = tileHeights.filter((height) => counts.some((rows) => planRows(rows).includes(height)));
  const ending = last ? epilogue : 'none';
  const endingName = update?.name ?? (ending === 'none' ? '' : ending);
  const aSteps = layout.aOffsets?.join('+') ?? layout.aStep;
  const strides = [layout.aRow, aSteps, layout.bStep, layout.bPanel, layout.cRow].join('_');
  const block = `${first ? 'set' : 'add'}${endingName && `_${endingName}`}`;
  const name =
    `matmul_${heights.join('+')}x${columns}_panels${panels}_k${depth}_${block}_strides_${strides}` +
    `${layout.bPadded ? '_padded' : ''}${targetSuffix(target)}`;
  return {
    name,
    build(module) {
      const updated = update ? ['weight', ...update.states] : [];
      const names = ['a', 'b', 'c', 'extra', ...updated, ...(update ? updateScalars : [])];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [a, b, c, extra, ...others] = addresses as [Local, Local, Local, Local, ...Local[]];
      const panel = code.local('i32', 'panel');
      const weights = others.slice(0, updated.length);
      const scalars = others.slice(updated.length);
      const likeC = [c, extra, ...weights];
      const tile = new TileEmitter(code, part, { ending, update, scalars }, target);
      const emitPanels = (from: Local, to: Local): void => {
        emitRepeat(code, panel, panels, () => {
          tile.start({ a, b, c, extra, weights, begin: from });
          for (const height of heights) tile.emitAll(height, to);
          emitAdvance(code, b, layout.bPanel);
          for (const address of likeC) emitAdvance(code, address, columns * floatBytes);
        });
      };
      if (counts.length === rowCounts.length) {
        emitPanels(begin, end);
        return code;
      }
      const blockEnd = code.local('i32', 'block_end');
      emitLoopTo(code, begin, end, maxRows, () => {
        code.get(begin).i32(maxRows).op('i32.add').set(blockEnd);
        code
          .get(blockEnd)
          .get(end)
          .op('i32.gt_u')
          .if(() => code.get(end).set(blockEnd));
        emitPanels(begin, blockEnd);
        emitAdvance(code, b, -panels * layout.bPanel);
        for (const address of likeC) emitAdvance(code, address, -panels * columns * floatBytes);
      });
      return code;
    },
  };
}

/** What follows a sum that is complete. */
interface TileEnding {
  readonly ending: Epilogue;
  readonly update: Update | undefined;
  /** Addresses of the optimizer's coefficients. */
  readonly scalars: readonly Local[];
}

/** Emits tiles of different heights that share their locals. */
class TileEmitter {
  readonly row: Local;
  readonly #code: FunctionBuilder;
  readonly #part: MatmulPart;
  readonly #ending: Epilogue;
  readonly #target: Target;
  /** Addresses of the tile's first element in A and C; in the mask, or in what an update changes; of its panel of B. */
  readonly #aTile: Local;
  readonly #cTile: Local;
  readonly #besideTiles: readonly Local[];
  readonly #aStep: Local;
  readonly #bStep: Local;
  readonly #counter: Local;
  readonly #sums: Local[][];
  readonly #bRow: Local[];
  readonly #spread: Local;
  readonly #update: TileUpdate | null;
  #b: Local | undefined;
  #bias: Local | undefined;

  constructor(
    code: FunctionBuilder,
    part: MatmulPart,
    { ending, update, scalars }: TileEnding,
    target: Target,
  ) {
    this.#code = code;
    this.#part = part;
    this.#ending = ending;
    this.#target = target;
    this.row = code.local('i32', 'row');
    this.#aTile = code.local('i32', 'a_tile');
    this.#cTile = code.local('i32', 'c_tile');
    const beside = update ? ['weight', ...update.states] : ending === 'mask' ? ['mask'] : [];
    this.#besideTiles = beside.map((name) => code.local('i32', `${name}_tile`));
    this.#aStep = code.local('i32', 'a_step');
    this.#bStep = code.local('i32', 'b_step');
    this.#counter = code.local('i32', 'rounds');
    const vectors = Math.ceil(part.columns / lanes);
    this.#sums = Array.from({ length: tileHeights[0] }, (_, r) => vectorLocals(code, `sum${r}_`, vectors));
    this.#bRow = vectorLocals(code, 'b', vectors);
    this.#spread = code.local('v128', 'a_spread');
    this.#update = update ? new TileUpdate(code, update, this.#besideTiles, scalars) : null;
  }

  /** Goes to the first row of this call, in the panel at b and c. */
  start({ a, b, c, extra, weights, begin }: TileStart): void {
    const code = this.#code;
    const { aRow, cRow } = this.#part.layout;
    this.#b = b;
    this.#bias = extra;
    code.get(begin).set(this.row);
    code.get(a).set(this.#aTile);
    emitAdvanceBy(code, this.#aTile, begin, aRow);
    const addresses = [c, ...(weights.length > 0 ? weights : [extra])];
    for (const [index, tile] of [this.#cTile, ...this.#besideTiles].entries()) {
      code.get(addresses[index]!).set(tile);
      emitAdvanceBy(code, tile, begin, cRow);
    }
  }

  /** Tiles of one height, as many as `planRows` gives. */
  emitAll(height: number, end: Local): void {
    const code = this.#code;
    const left = (): FunctionBuilder => code.get(end).get(this.row).op('i32.sub');
    code.note(`tiles of ${height} rows × ${this.#part.columns} columns`);
    code.block((done) => {
      code.loop((again) => {
        left().i32(height).op('i32.lt_u').br_if(done);
        // 7, 8 and 9 rows start with a lower tile than 6, and 7 and 8 with a lower one than 5
        if (height === 6) left().i32(7).op('i32.sub').i32(3).op('i32.lt_u').br_if(done);
        if (height === 5) left().i32(7).op('i32.sub').i32(2).op('i32.lt_u').br_if(done);
        this.#emitTile(height);
        code.br(again);
      });
    });
  }

  /** One tile, and on to the next. */
  #emitTile(height: number): void {
    const code = this.#code;
    const { depth, layout } = this.#part;
    this.#emitInitialSums(height);
    code.get(this.#aTile).set(this.#aStep).get(this.#b!).set(this.#bStep);
    // a sum that is fully unrolled has no loop
    const rounds = layout.aOffsets ? 0 : Math.floor(depth / unroll);
    if (rounds > 0) {
      emitRepeat(code, this.#counter, rounds, () => {
        for (let u = 0; u < unroll; u++) this.#emitOuterProduct(height, u);
        emitAdvance(code, this.#aStep, unroll * layout.aStep);
        emitAdvance(code, this.#bStep, unroll * layout.bStep);
      });
    }
    for (let u = 0; u < depth - rounds * unroll; u++) this.#emitOuterProduct(height, u);
    for (let r = 0; r < height; r++) this.#emitStoreRow(r);

    emitAdvance(code, this.row, height);
    emitAdvance(code, this.#aTile, height * layout.aRow);
    for (const tile of [this.#cTile, ...this.#besideTiles]) emitAdvance(code, tile, height * layout.cRow);
  }

  /** Lanes of vector v that hold columns: all four, except in the last vector. */
  #lanes(v: number): number {
    return Math.min(lanes, this.#part.columns - v * lanes);
  }

  #emitInitialSums(height: number): void {
    for (const [r, row] of this.#sums.slice(0, height).entries()) {
      for (const [v, sum] of row.entries()) {
        if (this.#part.first) this.#code.f32x4(0);
        else
          emitLoadLanes(
            this.#code,
            this.#cTile,
            this.#lanes(v),
            r * this.#part.layout.cRow + v * vectorBytes,
          );
        this.#code.set(sum);
      }
    }
  }

  /** sums += (column p of A's tile) ⊗ (row p of B's panel), for the p that is u rounds after the step addresses. */
  #emitOuterProduct(height: number, u: number): void {
    const code = this.#code;
    const { aRow, aStep, aOffsets, bStep, bPadded } = this.#part.layout;
    for (const [v, vector] of this.#bRow.entries()) {
      emitLoadLanes(code, this.#bStep, bPadded ? lanes : this.#lanes(v), u * bStep + v * vectorBytes);
      code.set(vector);
    }
    for (const [r, row] of this.#sums.slice(0, height).entries()) {
      code
        .get(this.#aStep)
        .memory('v128.load32_splat', (aOffsets ? aOffsets[u]! : u * aStep) + r * aRow)
        .set(this.#spread);
      for (const [v, sum] of row.entries()) {
        emitMultiplyAdd(
          code,
          this.#target,
          () => code.get(this.#spread),
          () => code.get(this.#bRow[v]!),
          () => code.get(sum),
        );
        code.set(sum);
      }
    }
  }

  /** The epilogue, then the stores. Of a pair, the upper half is stored first: V8 packs them in that order. */
  #emitStoreRow(r: number): void {
    const code = this.#code;
    const { cRow } = this.#part.layout;
    const row = this.#sums[r]!;
    if (this.#update !== null) {
      this.#update.emitRow(row, r * cRow, (v) => this.#lanes(v));
      return;
    }
    for (const [v, sum] of row.entries()) {
      this.#emitEpilogue(sum, v, r * cRow + v * vectorBytes);
    }
    for (let v = 0; v < row.length; v += 2) {
      const pair = v + 1 < row.length ? [v + 1, v] : [v];
      for (const w of pair)
        emitStoreLanes(code, this.#cTile, row[w]!, this.#lanes(w), r * cRow + w * vectorBytes);
    }
  }

  #emitEpilogue(sum: Local, v: number, offset: number): void {
    const code = this.#code;
    if (this.#ending === 'bias' || this.#ending === 'biasRelu') {
      emitLoadLanes(code, this.#bias!, this.#lanes(v), v * vectorBytes);
      code.get(sum).op('f32x4.add');
      if (this.#ending === 'biasRelu') code.f32x4(0).op('f32x4.pmax');
      code.set(sum);
    } else if (this.#ending === 'mask') {
      emitLoadLanes(code, this.#besideTiles[0]!, this.#lanes(v), offset);
      code.f32x4(0).op('f32x4.gt').get(sum).op('v128.and').set(sum);
    }
  }
}

/** Where a call of a tile's function begins: addresses of all operands, and the first row. */
interface TileStart {
  readonly a: Local;
  readonly b: Local;
  readonly c: Local;
  readonly extra: Local;
  /** The weight and the states of an update; empty without one. */
  readonly weights: readonly Local[];
  readonly begin: Local;
}
