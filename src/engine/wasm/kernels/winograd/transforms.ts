/**
 * The transforms before and after the products of Winograd's convolution, as functions of a module.
 *
 * The squares of a tensor are spread over planes: element (i, j) of every square lies in plane (i, j), so that one plane
 * is a matrix for the products. All functions take the addresses of what they read and write, a scratch of
 * `scratchBytes`, and a count.
 */
import type { Callable, FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import type { ModuleBuilder } from '../../assembler/module-builder.ts';
import { emitAdvance, emitLoopTo, emitPlace } from '../emit.ts';
import { type Target, targetSuffix } from '../kernel.ts';
import type { Epilogue } from '../matmul.ts';
import { floatBytes, vectorBytes } from '../sizes.ts';
import { halves, type Pair, pairLocals } from './linear-map.ts';
import type { Matrix } from './matrices.ts';
import { groupBytes, type Place, SquareTransform } from './square-transform.ts';
import { hasPlanes, planeAt, planeGroups, type PlaneLayout } from './planes.ts';
import { emitTiles } from './tile-walk.ts';
import { describeTiles, matrices, patchSize, type TiledSizes, type TileRange, tileSize } from './tiles.ts';

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
    name,
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

/**
 * From planes to planes: filters [9 planes] to their factors [36 planes], or backward. `count` is a number of groups.
 *
 * @param planes where plane (i, j) lies, in bytes from the address
 */
export function transformPlanes(
  module: ModuleBuilder,
  matrix: 'filter' | 'filterBackward',
  target: Target,
  planes: Readonly<Record<'from' | 'to', (i: number, j: number) => number>>,
): Callable {
  const name = `winograd_${matrix}_planes${targetSuffix(target)}`;
  const parts = transformFunction(module, name, matrices[matrix], target);
  const { code, from, to, count, transform } = parts;
  const group = code.local('i32', 'group');
  emitLoopTo(code, group, count, 1, () => {
    transform.emit({
      load: (i, j) => ({ address: from, offset: planes.from(i, j) }),
      store: (i, j) => ({ address: to, offset: planes.to(i, j) }),
    });
    for (const address of [from, to]) emitAdvance(code, address, groupBytes);
  });
  return code;
}

/** A transform of tiles: its matrix, what it goes over, and whether it writes planes or reads them. */
interface TileTransform {
  readonly matrix: Matrix;
  readonly over: 'pixel' | 'output';
  readonly toPlanes: boolean;
}

export type TransformKind = 'images' | 'imagesBackward' | 'outputs' | 'outputsBackward';

const tileTransforms: Readonly<Record<TransformKind, TileTransform>> = {
  /** V = Bᵀ · d · B for the patches d of images. */
  images: { matrix: matrices.inputs, over: 'pixel', toPlanes: true },
  /** dx = B · dV · Bᵀ; where patches overlap, their results are added. */
  imagesBackward: { matrix: matrices.inputsBackward, over: 'pixel', toPlanes: false },
  /** y = Aᵀ · M · A. */
  outputs: { matrix: matrices.outputs, over: 'output', toPlanes: false },
  /** dM = A · dY · Aᵀ. */
  outputsBackward: { matrix: matrices.outputsBackward, over: 'output', toPlanes: true },
};

interface TileOptions {
  readonly epilogue?: Epilogue;
  /** Whether images are 0 where those at `extra`, of the same shape, are not above 0. */
  readonly masked?: boolean;
  /** How many channels to transform, from the first one on; all, if it is left out. */
  readonly slice?: number;
}

/**
 * From images to planes, or from planes to images. `count` is a number of images; the bias of an epilogue is at
 * `extra`, or the images that decide about a mask.
 */
export function transformTiles(
  module: ModuleBuilder,
  kind: TransformKind,
  sizes: TiledSizes,
  layout: PlaneLayout,
  target: Target,
  { epilogue = 'none', masked = false, slice: given }: TileOptions = {},
): Callable {
  const { matrix, over, toPlanes } = tileTransforms[kind];
  const slice = given ?? (over === 'pixel' ? sizes.channels : sizes.filters);
  const name =
    `winograd_${kind}_${describeTiles(sizes)}_slice_${slice}` +
    `_planes_${layout.groups.map(({ step }) => step).join('_')}_${epilogue}${masked ? '_masked' : ''}${targetSuffix(target)}`;
  // a convolution and the gradient of its filter may take the same one
  return module.once(name, () => {
    const { code, from, to, extra, count, transform } = transformFunction(module, name, matrix, target);
    const [images, planes] = toPlanes ? [from, to] : [to, from];
    const bias = epilogue === 'none' ? null : new BiasEmitter(code, extra, epilogue);
    const mask = masked ? new MaskEmitter(code, extra, images) : null;
    const pointers = new PlanePointers(code, layout, planes);
    const image = code.local('i32', 'image');
    emitLoopTo(code, image, count, 1, () => {
      emitTiles(code, {
        sizes,
        over,
        image: images,
        slice,
        body(place, row, column) {
          const find = over === 'pixel' ? pixelOfPatch : outputOfTile;
          const pixel = (i: number, j: number): Place | null => find(sizes, place, row, column, i, j);
          const plane = (i: number, j: number): Place | null => pointers.place(row, column, i, j);
          bias?.load();
          mask?.moveTo(place);
          if (toPlanes) transform.emit({ load: pixel, store: plane });
          else {
            transform.emit({
              load: plane,
              store: (i, j) => addsWhere(over === 'pixel' && overlaps(row, column, i, j), pixel(i, j)),
              ...(bias ? { finish: (result) => bias.add(result) } : {}),
              ...(mask ? { finish: (result, { offset }) => mask.apply(result, offset) } : {}),
            });
          }
          pointers.advance(row, column);
        },
        afterTile: () => bias?.rewind(slice),
      });
      emitAdvance(code, images, over === 'pixel' ? imageBytes(sizes) : outputBytes(sizes));
    });
    return code;
  });
}

/** The place of the current tile in the planes of each group: a group passes over tiles that it does not have. */
class PlanePointers {
  readonly #code: FunctionBuilder;
  readonly #layout: PlaneLayout;
  readonly #pointers: readonly Local[];

  constructor(code: FunctionBuilder, layout: PlaneLayout, planes: Local) {
    this.#code = code;
    this.#layout = layout;
    this.#pointers = layout.groups.map(({ start }, group) => {
      const pointer = code.local('i32', `planes${group}`);
      emitPlace(code, pointer, planes, start);
      return pointer;
    });
  }

  /** Element (i, j) of the square of a tile; null if the tile has none. */
  place(row: TileRange, column: TileRange, i: number, j: number): Place | null {
    const { group, position } = planeAt(i, j);
    if (!hasPlanes(planeGroups[group]!, row.length, column.length)) return null;
    return { address: this.#pointers[group]!, offset: position * this.#layout.groups[group]!.step };
  }

  /** On to the next eight channels. */
  advance(row: TileRange, column: TileRange): void {
    for (const [group, pointer] of this.#pointers.entries()) {
      if (hasPlanes(planeGroups[group]!, row.length, column.length)) {
        emitAdvance(this.#code, pointer, groupBytes);
      }
    }
  }
}

function addsWhere(adds: boolean, place: Place | null): (Place & { readonly adds: boolean }) | null {
  return place && { ...place, adds };
}

/** Whether an earlier tile, above or to the left, has already written to pixel (i, j) of a patch. */
function overlaps(row: TileRange, column: TileRange, i: number, j: number): boolean {
  const overlap = patchSize - tileSize;
  return (row.first > 0 && i < overlap) || (column.first > 0 && j < overlap);
}

/** Carries out the epilogue on outputs: adds the bias of a group of channels, and applies ReLU. */
class BiasEmitter {
  readonly #code: FunctionBuilder;
  readonly #address: Local;
  readonly #epilogue: Epilogue;
  readonly #biases: Pair;

  constructor(code: FunctionBuilder, address: Local, epilogue: Epilogue) {
    this.#code = code;
    this.#address = address;
    this.#epilogue = epilogue;
    [this.#biases] = pairLocals(code, 'bias', 1) as [Pair];
  }

  /** Loads the biases of a group, and moves to the next group. */
  load(): void {
    const code = this.#code;
    for (const [index, half] of halves.entries()) {
      code
        .get(this.#address)
        .memory('v128.load', index * vectorBytes)
        .set(this.#biases[half]);
    }
    emitAdvance(code, this.#address, groupBytes);
  }

  add(result: Pair): void {
    const code = this.#code;
    for (const half of halves) {
      code.get(result[half]).get(this.#biases[half]).op('f32x4.add');
      if (this.#epilogue === 'biasRelu') code.f32x4(0).op('f32x4.pmax');
      code.set(result[half]);
    }
  }

  /** Moves back to the first channel. */
  rewind(channels: number): void {
    emitAdvance(this.#code, this.#address, -channels * floatBytes);
  }
}

/**
 * Sets results to 0 where ReLU had no slope: where what it kept is not above 0. Results that overlap are masked each time
 * that one is added, which gives the same, since 0 stays 0.
 */
class MaskEmitter {
  readonly #code: FunctionBuilder;
  /** From a pixel of the images to the same pixel of what was kept. */
  readonly #distance: Local;
  readonly #kept: Local;

  constructor(code: FunctionBuilder, kept: Local, images: Local) {
    this.#code = code;
    this.#distance = code.local('i32', 'distance');
    this.#kept = code.local('i32', 'kept');
    code.get(kept).get(images).op('i32.sub').set(this.#distance);
  }

  /** To the first pixel of a tile, for a group of channels. */
  moveTo(place: Local): void {
    this.#code.get(place).get(this.#distance).op('i32.add').set(this.#kept);
  }

  apply(result: Pair, offset: number): void {
    const code = this.#code;
    for (const [index, half] of halves.entries()) {
      code.get(this.#kept).memory('v128.load', offset + index * vectorBytes);
      code.f32x4(0).op('f32x4.gt').get(result[half]).op('v128.and').set(result[half]);
    }
  }
}

export function imageBytes({ height, width, channels }: TiledSizes): number {
  return height * width * channels * floatBytes;
}

export function outputBytes({ outputHeight, outputWidth, filters }: TiledSizes): number {
  return outputHeight * outputWidth * filters * floatBytes;
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
  { outputWidth, filters }: TiledSizes,
  place: Local,
  row: TileRange,
  column: TileRange,
  i: number,
  j: number,
): Place | null {
  if (i >= row.outputs || j >= column.outputs) return null;
  return { address: place, offset: (i * outputWidth + j) * filters * floatBytes };
}
