import { widestTile } from '../matmul-tiles.ts';
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

/** Columns of a result that are computed together. Channels and filters come in whole panels. */
export const panelColumns: number = widestTile;
/** Channels that are transformed together: two vectors of floats. */
export const groupFloats = 8;

/**
 * The outputs of each tile along one direction. A whole tile has four of them, and takes six products. One of three
 * takes five: it is the same computation without the fourth output and the point at infinity, on which only that output
 * depends. So as few tiles as possible are used, and whole ones only where there are outputs for them: 14 are
 * 3 + 4 + 4 + 3 with 22 products, not 4 + 4 + 4 + 2 with 24.
 *
 * Short tiles lie at both ends, so that most of the others have equal neighbours.
 */
export function tileLengths(outputs: number): number[] {
  const count = Math.ceil(outputs / tileSize);
  const short = Math.min(count, count * tileSize - outputs);
  const lengths = Array.from({ length: count }, (_, index) =>
    index < count - short ? tileSize : tileSize - 1,
  );
  return short < 2 ? lengths : [...lengths.slice(-1), ...lengths.slice(0, -1)];
}

/** Neighbouring tiles, in one direction, that lie in the same way to the borders of the image. */
export interface TileRange {
  /** The number of the first of them, and how many there are. */
  readonly first: number;
  readonly count: number;
  /** The outputs of a tile. */
  readonly length: number;
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
  let output = 0;
  for (const [first, length] of tileLengths(outputSize).entries()) {
    const corner = output - pad;
    const from = Math.max(0, -corner);
    const to = Math.min(length + kernelSize - 1, size - corner);
    const outputs = Math.min(length, outputSize - output);
    const last = ranges.at(-1);
    const isLikeLast =
      last?.length === length && last.from === from && last.to === to && last.outputs === outputs;
    // the first tile is a range of its own: all others overlap with one before them
    if (isLikeLast && last.first > 0) ranges[ranges.length - 1] = { ...last, count: last.count + 1 };
    else ranges.push({ first, count: 1, length, from, to, pixel: corner + from, outputs, output });
    output += length;
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
  return tileLengths(outputHeight).length * tileLengths(outputWidth).length;
}

/** For the names of kernels. */
export function describeTiles(sizes: TiledSizes): string {
  const { height, width, channels, outputHeight, outputWidth, filters, padTop, padLeft } = sizes;
  return `${height}x${width}x${channels}_to_${outputHeight}x${outputWidth}x${filters}_pad_${padTop}_${padLeft}`;
}
