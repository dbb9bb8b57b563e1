import type { FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import { emitAdvance, emitRepeat } from '../emit.ts';
import { floatBytes } from '../sizes.ts';
import { type Matrix, transpose, type WinogradMatrices, winogradMatrices } from './matrices.ts';

/** Outputs of a tile, taps of the filter and inputs of the patch under the tile, in each direction: F(4×4, 3×3). */
export const tileSize = 4;
export const kernelSize = 3;
export const patchSize: number = tileSize + kernelSize - 1;
/** Products of a tile. Each has a plane of numbers. */
export const planeCount: number = patchSize ** 2;

const derived = winogradMatrices(tileSize, kernelSize, [0, 1, -1, 2, -2]);
/** The matrices of forward, and their transposes for backward. */
export const matrices: Readonly<
  Record<keyof WinogradMatrices | `${keyof WinogradMatrices}Backward`, Matrix>
> = {
  ...derived,
  outputsBackward: transpose(derived.outputs),
  filterBackward: transpose(derived.filter),
  inputsBackward: transpose(derived.inputs),
};

/** Channels that are transformed together: two vectors of floats. */
export const groupFloats = 8;

/** Neighbouring tiles, in one direction, that lie in the same way to the borders of the image. */
export interface TileRange {
  /** The number of the first of them, and how many there are. */
  readonly first: number;
  readonly count: number;
  /** The part of the patch that lies inside the image, from `from` to `to`, and the pixel at which it begins. */
  readonly from: number;
  readonly to: number;
  readonly pixel: number;
  /** How many of the tile's outputs exist, and the first one. */
  readonly outputs: number;
  readonly output: number;
}

/** The tiles along one direction, with neighbours that are alike taken together. */
export function tileRanges(size: number, outputSize: number, pad: number): TileRange[] {
  const ranges: TileRange[] = [];
  for (let first = 0; first * tileSize < outputSize; first++) {
    const output = first * tileSize;
    const corner = output - pad;
    const from = Math.max(0, -corner);
    const to = Math.min(patchSize, size - corner);
    const outputs = Math.min(tileSize, outputSize - output);
    const last = ranges.at(-1);
    // the first tile is a range of its own: all others overlap with one before them
    if (last && last.first > 0 && last.from === from && last.to === to && last.outputs === outputs) {
      ranges[ranges.length - 1] = { ...last, count: last.count + 1 };
    } else {
      ranges.push({ first, count: 1, from, to, pixel: corner + from, outputs, output });
    }
  }
  return ranges;
}

/** How tiles lie on images [height, width, channels], whose outputs are [outputHeight, outputWidth, filters]. */
export interface TiledSizes {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly filters: number;
  readonly padTop: number;
  readonly padLeft: number;
}

/** The number of tiles of one image. */
export function tilesOf({ outputHeight, outputWidth }: TiledSizes): number {
  return Math.ceil(outputHeight / tileSize) * Math.ceil(outputWidth / tileSize);
}

/** For the names of kernels. */
export function describeTiles(sizes: TiledSizes): string {
  const { height, width, channels, outputHeight, outputWidth, filters, padTop, padLeft } = sizes;
  return `${height}x${width}x${channels}_to_${outputHeight}x${outputWidth}x${filters}_pad_${padTop}_${padLeft}`;
}

/** A walk over the tiles of one image. */
export interface TileWalk {
  readonly sizes: TiledSizes;
  /** Whether the walk goes over the images, by patches, or over the outputs. */
  readonly over: 'pixel' | 'output';
  /** The address of the image, or of its outputs. */
  readonly image: Local;
  /** How many of its channels to go over, from the first one on. */
  readonly slice: number;
  /** Emits the code for a group of eight channels of a tile; `place` is the address of the tile's first pixel. */
  readonly body: (place: Local, row: TileRange, column: TileRange) => void;
  /** Emits code that runs after the groups of a tile. */
  readonly afterTile?: () => void;
}

/** Goes over the tiles of one image, row by row, and in each tile over its channels. */
export function emitTiles(
  code: FunctionBuilder,
  { sizes, over, image, slice, body, afterTile }: TileWalk,
): void {
  const { height, width, channels, outputHeight, outputWidth, filters, padTop, padLeft } = sizes;
  const [rowPixels, depth] = over === 'pixel' ? [width, channels] : [outputWidth, filters];
  const pixelBytes = depth * floatBytes;
  const [rowPlace, place] = [code.local('i32', 'row_place'), code.local('i32', 'place')];
  const [rowCounter, columnCounter] = [code.local('i32', 'tile_rows'), code.local('i32', 'tile_columns')];
  const group = code.local('i32', 'groups');
  const goTo = (local: Local, from: Local, bytes: number): unknown =>
    code.get(from).i32(bytes).op('i32.add').set(local);
  for (const row of tileRanges(height, outputHeight, padTop)) {
    goTo(rowPlace, image, row[over] * rowPixels * pixelBytes);
    emitRepeat(code, rowCounter, row.count, () => {
      for (const column of tileRanges(width, outputWidth, padLeft)) {
        goTo(place, rowPlace, column[over] * pixelBytes);
        emitRepeat(code, columnCounter, column.count, () => {
          emitRepeat(code, group, slice / groupFloats, () => {
            body(place, row, column);
            emitAdvance(code, place, groupFloats * floatBytes);
          });
          afterTile?.();
          emitAdvance(code, place, tileSize * pixelBytes - slice * floatBytes);
        });
      }
      emitAdvance(code, rowPlace, tileSize * rowPixels * pixelBytes);
    });
  }
}
