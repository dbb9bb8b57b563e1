/**
 * The transforms around the products of Winograd's convolution, each a matrix M applied from both sides to squares
 * of vectors: M · X · Mᵀ. First to the columns, then to the rows; what lies between goes through a scratch of
 * one square, since it does not fit in the registers.
 *
 * Squares are spread over planes: element (i, j) of every square of a tensor lies in plane i · size + j, so that
 * one plane is a matrix for the products. All functions take the addresses of what they read and write, a scratch
 * of `scratchBytes`, and a count.
 */
import type { Callable, FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import type { ModuleBuilder } from '../../assembler/module-builder.ts';
import { emitAdvance, emitLoopTo, floatBytes, vectorBytes } from '../emit.ts';
import { type Target, targetSuffix } from '../kernel.ts';
import type { Epilogue } from '../matmul.ts';
import { halves, LinearMap, type Pair, pairLocals } from './linear-map.ts';
import type { Matrix } from './matrices.ts';
import {
  describeTiles,
  emitTiles,
  groupFloats,
  matrices,
  patchSize,
  planeCount,
  type TiledSizes,
  type TileRange,
  tileSize,
} from './tiles.ts';

const groupBytes = groupFloats * floatBytes;
/** What a transform needs to put between its two passes. */
export const scratchBytes: number = planeCount * groupBytes;

/** Where one vector of a square lies. */
interface Place {
  readonly address: Local;
  readonly offset: number;
}

interface Square {
  /** Element (i, j) going in; null stands for zeros. */
  readonly load: (i: number, j: number) => Place | null;
  /** Where element (i, j) goes; null if nobody wants it. `adds`: to what is there. */
  readonly store: (i: number, j: number) => (Place & { readonly adds?: boolean }) | null;
  /** Emits what is to happen to a result before it is stored. */
  readonly finish?: (result: Pair) => void;
}

class SquareTransform {
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
    finish?.(result);
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

  /** The higher half first: that is the order that V8 packs. */
  #store({ lo, hi }: Pair, { address, offset }: Place): void {
    this.#code
      .get(address)
      .get(hi)
      .memory('v128.store', offset + vectorBytes);
    this.#code.get(address).get(lo).memory('v128.store', offset);
  }
}

interface Parts {
  readonly code: FunctionBuilder;
  readonly from: Local;
  readonly to: Local;
  readonly extra: Local;
  readonly count: Local;
  readonly transform: SquareTransform;
}

function transformFunction(module: ModuleBuilder, name: string, matrix: Matrix, target: Target): Parts {
  const names = ['from', 'to', 'extra', 'scratch', 'count'];
  const code = module.function(
    `winograd_${name}${targetSuffix(target)}`,
    names.map((parameter) => [parameter, 'i32'] as const),
  );
  const [from, to, extra, scratch, count] = names.map((_, index) => code.parameter(index)) as [
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  return { code, from, to, extra, count, transform: new SquareTransform(code, matrix, scratch, target) };
}

/** Planes to planes: filters [9 planes] to their factors [36 planes], and back. `count` is a number of groups. */
export function transformPlanes(
  module: ModuleBuilder,
  matrix: 'filter' | 'filterBack',
  planes: { readonly from: number; readonly to: number },
  target: Target,
): Callable {
  const [rows, columns] = [matrices[matrix].length, matrices[matrix][0]!.length];
  const name = `${matrix}_planes_${planes.from}_to_${planes.to}`;
  const { code, from, to, count, transform } = transformFunction(module, name, matrices[matrix], target);
  const group = code.local('i32', 'group');
  emitLoopTo(code, group, count, 1, () => {
    transform.emit({
      load: (i, j) => ({ address: from, offset: (i * columns + j) * planes.from }),
      store: (i, j) => ({ address: to, offset: (i * rows + j) * planes.to }),
    });
    for (const address of [from, to]) emitAdvance(code, address, groupBytes);
  });
  return code;
}

/** V = Bᵀ · d · B for the patches d of `count` images. */
export function transformImages(
  module: ModuleBuilder,
  sizes: TiledSizes,
  planeBytes: number,
  target: Target,
): Callable {
  const name = `images_${describeTiles(sizes)}_plane_${planeBytes}`;
  const { code, from, to, count, transform } = transformFunction(module, name, matrices.inputs, target);
  emitImages(code, count, [[from, imageBytes(sizes)]], () => {
    emitTiles(code, {
      sizes,
      over: 'pixel',
      image: from,
      body(place, row, column) {
        transform.emit({
          load: (i, j) => pixelOfPatch(sizes, place, row, column, i, j),
          store: (i, j) => ({ address: to, offset: (i * patchSize + j) * planeBytes }),
        });
        emitAdvance(code, to, groupBytes);
      },
    });
  });
  return code;
}

/** dx = B · dV · Bᵀ for `count` images; where patches overlap, what they give is added up. */
export function transformImagesBack(
  module: ModuleBuilder,
  sizes: TiledSizes,
  planeBytes: number,
  target: Target,
): Callable {
  const name = `images_back_${describeTiles(sizes)}_plane_${planeBytes}`;
  const { code, from, to, count, transform } = transformFunction(module, name, matrices.inputsBack, target);
  const overlap = patchSize - tileSize;
  emitImages(code, count, [[to, imageBytes(sizes)]], () => {
    emitTiles(code, {
      sizes,
      over: 'pixel',
      image: to,
      body(place, row, column) {
        transform.emit({
          load: (i, j) => ({ address: from, offset: (i * patchSize + j) * planeBytes }),
          store(i, j) {
            const pixel = pixelOfPatch(sizes, place, row, column, i, j);
            const adds = (row.first > 0 && i < overlap) || (column.first > 0 && j < overlap);
            return pixel && { ...pixel, adds };
          },
        });
        emitAdvance(code, from, groupBytes);
      },
    });
  });
  return code;
}

/** y = Aᵀ · M · A, plus the bias at `extra` and ReLU as the epilogue says, for `count` images. */
export function transformOutputs(
  module: ModuleBuilder,
  sizes: TiledSizes,
  planeBytes: number,
  epilogue: Epilogue,
  target: Target,
): Callable {
  const name = `outputs_${describeTiles(sizes)}_plane_${planeBytes}_${epilogue}`;
  const parts = transformFunction(module, name, matrices.outputs, target);
  const { code, from, to, extra: bias, count, transform } = parts;
  const [biases] = pairLocals(code, 'bias', 1) as [Pair];
  const withBias = epilogue !== 'none';
  const finish = (result: Pair): void => {
    for (const half of halves) {
      code.get(result[half]).get(biases[half]).op('f32x4.add');
      if (epilogue === 'biasRelu') code.f32x4(0).op('f32x4.pmax');
      code.set(result[half]);
    }
  };
  emitImages(code, count, [[to, outputBytes(sizes)]], () => {
    emitTiles(code, {
      sizes,
      over: 'output',
      image: to,
      body(place, row, column) {
        if (withBias) {
          for (const [index, half] of halves.entries()) {
            code
              .get(bias)
              .memory('v128.load', index * vectorBytes)
              .set(biases[half]);
          }
          emitAdvance(code, bias, groupBytes);
        }
        transform.emit({
          load: (i, j) => ({ address: from, offset: (i * patchSize + j) * planeBytes }),
          store: (i, j) => outputOfTile(sizes, place, row, column, i, j),
          ...(withBias ? { finish } : {}),
        });
        emitAdvance(code, from, groupBytes);
      },
      afterTile() {
        if (withBias) emitAdvance(code, bias, -sizes.units * floatBytes);
      },
    });
  });
  return code;
}

/** dM = A · dY · Aᵀ for `count` images. */
export function transformOutputsBack(
  module: ModuleBuilder,
  sizes: TiledSizes,
  planeBytes: number,
  target: Target,
): Callable {
  const name = `outputs_back_${describeTiles(sizes)}_plane_${planeBytes}`;
  const { code, from, to, count, transform } = transformFunction(module, name, matrices.outputsBack, target);
  emitImages(code, count, [[from, outputBytes(sizes)]], () => {
    emitTiles(code, {
      sizes,
      over: 'output',
      image: from,
      body(place, row, column) {
        transform.emit({
          load: (i, j) => outputOfTile(sizes, place, row, column, i, j),
          store: (i, j) => ({ address: to, offset: (i * patchSize + j) * planeBytes }),
        });
        emitAdvance(code, to, groupBytes);
      },
    });
  });
  return code;
}

/** Goes `count` times over images; `moves` are addresses and how far they go from image to image. */
function emitImages(
  code: FunctionBuilder,
  count: Local,
  moves: readonly (readonly [Local, number])[],
  body: () => void,
): void {
  const image = code.local('i32', 'image');
  emitLoopTo(code, image, count, 1, () => {
    body();
    for (const [address, bytes] of moves) emitAdvance(code, address, bytes);
  });
}

export function imageBytes({ height, width, channels }: TiledSizes): number {
  return height * width * channels * floatBytes;
}

export function outputBytes({ outputHeight, outputWidth, units }: TiledSizes): number {
  return outputHeight * outputWidth * units * floatBytes;
}

/** Pixel (i, j) of a patch whose first pixel inside the image is at `place`; null if it lies outside. */
function pixelOfPatch(
  { width, channels }: TiledSizes,
  place: Local,
  row: TileRange,
  column: TileRange,
  i: number,
  j: number,
): Place | null {
  if (i < row.from || i >= row.to || j < column.from || j >= column.to) return null;
  return { address: place, offset: ((i - row.from) * width + j - column.from) * channels * floatBytes };
}

/** Output (i, j) of a tile whose first output is at `place`; null if there is none. */
function outputOfTile(
  { outputWidth, units }: TiledSizes,
  place: Local,
  row: TileRange,
  column: TileRange,
  i: number,
  j: number,
): Place | null {
  if (i >= row.outputs || j >= column.outputs) return null;
  return { address: place, offset: (i * outputWidth + j) * units * floatBytes };
}
