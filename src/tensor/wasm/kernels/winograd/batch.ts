import { floatBytes } from '../emit.ts';
import { describeTiles, planeCount, type TiledSizes, tilesOf } from './tiles.ts';
import { scratchBytes } from './transforms.ts';

/** Planes lie a cache line more than their size apart: at distances of 2ⁿ they would share few lines of a cache. */
const planeGap = 64;

/** Bytes from one plane [rows, columns] to the next. */
export function planeBytes(rows: number, columns: number): number {
  return rows * columns * floatBytes + planeGap;
}

/** A convolution of a batch, and how the threads share it. */
export interface WinogradBatch {
  readonly sizes: TiledSizes;
  readonly images: number;
  /** Images of each thread: their numbers decide which tiles of products are needed. */
  readonly shares: readonly number[];
}

/** Rows of a block's products: whole tiles of six rows, few enough for the planes of a block to stay in L2. */
const blockRows = 48;

/** Images of a block: no more than any thread has, so that its planes fit into the thread's own workspace. */
export function blockImages({ sizes, shares }: WinogradBatch): number {
  return Math.min(Math.max(1, Math.floor(blockRows / tilesOf(sizes))), ...shares);
}

/** The numbers of rows that products get: those of whole blocks and of what is left. */
export function rowCounts(batch: WinogradBatch): number[] {
  const block = blockImages(batch);
  const counts = batch.shares.flatMap((share) => [share >= block ? block : 0, share % block]);
  return [...new Set(counts)].filter((count) => count > 0).map((count) => count * tilesOf(batch.sizes));
}

/** Bytes of the planes [tiles, depth] of one block. */
export function blockBytes(batch: WinogradBatch, depth: number): number {
  return planeCount * planeBytes(blockImages(batch) * tilesOf(batch.sizes), depth);
}

/** Each thread has a workspace of its own: that of an image is its first image's share. */
export function shareBytes(batch: WinogradBatch, depths: readonly number[]): number {
  const planes = depths.map((depth) => planeCount * planeBytes(tilesOf(batch.sizes), depth));
  return planes.reduce((sum, bytes) => sum + bytes, 0) + scratchBytes;
}

/** Floats of the workspace of `conv2d`, `conv2dBackwardInput` or `transformGradients`. */
export function workspaceFloats(batch: WinogradBatch, depths: readonly number[]): number {
  return (batch.images * shareBytes(batch, depths)) / floatBytes;
}

/** For the names of kernels. */
export function describeBatch(batch: WinogradBatch): string {
  return `${describeTiles(batch.sizes)}_of_${batch.images}_in_blocks_of_${blockImages(batch)}_rows_${rowCounts(batch).join('+')}`;
}
