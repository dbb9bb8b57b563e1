import type { FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import { floatBytes } from '../sizes.ts';
import { type PlaneLayout, tileLayout, tilesOfGroups } from './planes.ts';
import { describeTiles, type TiledSizes, tilesOf } from './tiles.ts';
import { scratchBytes } from './square-transform.ts';

/** A convolution of a batch, and how the threads share it. */
export interface WinogradBatch {
  readonly sizes: TiledSizes;
  /** The number of images of each thread, or of each of its pieces. These decide which tiles the products need. */
  readonly shares: readonly number[];
  /** The first image of each thread. */
  readonly begins: readonly number[];
}

/** Most tiles of a block of images: few enough for the block's planes to stay in the L2 cache. */
const blockTiles = 32;

/** Images of a block: the blocks are as few and as equal as possible. */
export function imagesOfBlock(sizes: TiledSizes, images: number): number {
  const most = Math.max(1, Math.floor(blockTiles / tilesOf(sizes)));
  return Math.ceil(images / Math.ceil(images / most));
}

/** Images of a block for the thread with the fewest images; the others have blocks of the same size. */
export function blockImages({ sizes, shares }: WinogradBatch): number {
  return imagesOfBlock(sizes, Math.min(...shares));
}

/**
 * The numbers of rows that products get: those of whole blocks, and of the remaining images of each thread, in the
 * planes of each group.
 */
export function rowCounts(batch: WinogradBatch): number[] {
  const block = blockImages(batch);
  const images = batch.shares.flatMap((share) => [share >= block ? block : 0, share % block]);
  const rows = images.flatMap((count) => tilesOfGroups(batch.sizes).map((tiles) => count * tiles));
  return [...new Set(rows)].filter((count) => count > 0);
}

/** The planes [tiles, depth] of one block. */
export function blockLayout(batch: WinogradBatch, depth: number): PlaneLayout {
  return tileLayout(batch.sizes, blockImages(batch), depth);
}

/** Bytes of the workspace of one thread: the planes of a block of images and of its outputs, and a scratch. */
export function blockWorkspaceBytes(batch: WinogradBatch): number {
  const { channels, filters } = batch.sizes;
  return blockLayout(batch, channels).bytes + blockLayout(batch, filters).bytes + scratchBytes;
}

/** Floats of all workspaces: one for each thread. */
export function workspaceFloats(batch: WinogradBatch): number {
  return (batch.begins.length * blockWorkspaceBytes(batch)) / floatBytes;
}

/**
 * workspace ← the workspace of the thread whose items start with `begin`: one further for each thread that begins by
 * then.
 */
export function emitOwnWorkspace(
  code: FunctionBuilder,
  workspace: Local,
  begin: Local,
  begins: readonly number[],
  bytes: number,
): void {
  code.get(workspace);
  for (const first of begins.slice(1)) {
    code.get(begin).i32(first).op('i32.ge_u').i32(bytes).op('i32.mul').op('i32.add');
  }
  code.set(workspace);
}

/** For the names of kernels. */
export function describeBatch(batch: WinogradBatch): string {
  return `${describeTiles(batch.sizes)}_in_blocks_of_${blockImages(batch)}_rows_${rowCounts(batch).join('+')}`;
}
