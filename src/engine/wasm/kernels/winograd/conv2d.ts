/**
 * Convolution with 3×3 filters by Winograd's F(4×4, 3×3): 36 products for a tile of 16 outputs, instead of 144. For
 * each of the 36 places in a patch, all tiles and channels together are a product of matrices:
 *
 *     V = Bᵀ·d·B      patches of the images      36 planes [tiles, c]
 *     U = G·g·Gᵀ      factors of the filter      36 planes [c, o]
 *     M = V·U         plane by plane             36 planes [tiles, o]
 *     y = Aᵀ·M·A      outputs
 *
 * Each of these steps is linear in each operand, so backward is their transposes in the opposite order:
 *
 *     dM = A·dy·Aᵀ    dV = dM·Uᵀ    dx = B·dV·Bᵀ    dU = Vᵀ·dM    dW = Gᵀ·dU·G
 *
 * A tile of three outputs does without some of the planes (planes.ts). A block of images goes through all steps before
 * the next block starts, so that V and M of a block stay in the L2 cache. docs/winograd.md derives the matrices and says
 * what they cost in accuracy.
 */
import type { FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import { emitAdvanceBy, emitLoopTo, emitPlace } from '../emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from '../kernel.ts';
import { type Epilogue } from '../matmul.ts';
import { tileColumns } from '../matmul-tiles.ts';
import {
  blockImages,
  blockLayout,
  blockWorkspaceBytes,
  describeBatch,
  emitOwnWorkspace,
  rowCounts,
  type WinogradBatch,
} from './batch.ts';
import { filterLayout, tilesOfGroups } from './planes.ts';
import { PlaneProducts, productCalls } from './products.ts';
import { Touch } from './touch.ts';
import { imageBytes, outputBytes, type TransformKind, transformTiles } from './transforms.ts';

/** y = convolution, then the epilogue. The items are images. Addresses: images, factors, y, bias, workspace. */
export function winogradKernel(batch: WinogradBatch, epilogue: Epilogue, target: Target): Kernel {
  const { channels, filters } = batch.sizes;
  return planesKernel(batch, target, {
    name: `winograd_${describeBatch(batch)}_${epilogue}${targetSuffix(target)}`,
    from: { kind: 'images', depth: channels, bytes: imageBytes(batch.sizes) },
    to: { kind: 'outputs', depth: filters, bytes: outputBytes(batch.sizes) },
    epilogue,
    masked: false,
  });
}

/**
 * dx. The items are images. Addresses: dy, factors (of the transposed filter), dx, kept, workspace. Where dx is masked,
 * `kept` has the images of ReLU's result; otherwise it may be anything.
 */
export function winogradBackwardInputKernel(
  batch: WinogradBatch,
  target: Target,
  { masked }: { readonly masked: boolean },
): Kernel {
  const { channels, filters } = batch.sizes;
  return planesKernel(batch, target, {
    name: `winogradInput_${describeBatch(batch)}${masked ? '_masked' : ''}${targetSuffix(target)}`,
    from: { kind: 'outputsBackward', depth: filters, bytes: outputBytes(batch.sizes) },
    to: { kind: 'imagesBackward', depth: channels, bytes: imageBytes(batch.sizes) },
    epilogue: 'none',
    masked,
  });
}

/** Images, or their outputs: how they are transformed, their channels and the bytes of one. */
interface Side {
  readonly kind: TransformKind;
  readonly depth: number;
  readonly bytes: number;
}

interface PlanesOptions {
  readonly name: string;
  readonly from: Side;
  readonly to: Side;
  readonly epilogue: Epilogue;
  /** Whether the result is 0 where the images behind it, instead of a bias, are not above 0. */
  readonly masked: boolean;
}

/** A block of images after the other: to planes A, the products C = A·U, and from their planes to the result. */
function planesKernel(batch: WinogradBatch, target: Target, options: PlanesOptions): Kernel {
  const { name, from, to, epilogue, masked } = options;
  const { sizes } = batch;
  const tiles = tilesOfGroups(sizes);
  const block = blockImages(batch);
  const [fromLayout, toLayout] = [blockLayout(batch, from.depth), blockLayout(batch, to.depth)];
  return {
    name,
    build(module) {
      const toPlanes = transformTiles(module, from.kind, sizes, fromLayout, target);
      const fromPlanes = transformTiles(module, to.kind, sizes, toLayout, target, { epilogue, masked });
      const calls = productCalls(module, target, {
        a: { row: from.depth, step: 1 },
        b: { panel: tileColumns(target) },
        depth: from.depth,
        columns: to.depth,
        rowCounts: rowCounts(batch),
      });
      const names = ['from', 'factors', 'to', 'extra', 'workspace'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [source, u, result, extra, a] = addresses as [Local, Local, Local, Local, Local];
      const local = (of: string): Local => code.local('i32', of);
      const [c, scratch, count] = [local('products'), local('scratch'), local('count')];
      const touch = new Touch(code, scratch);
      const products = new PlaneProducts(code, [fromLayout, filterLayout(from.depth, to.depth), toLayout]);

      emitAdvanceBy(code, source, begin, from.bytes);
      for (const images of masked ? [result, extra] : [result]) emitAdvanceBy(code, images, begin, to.bytes);
      emitOwnWorkspace(code, a, begin, batch.begins, blockWorkspaceBytes(batch));
      emitPlace(code, c, a, fromLayout.bytes);
      emitPlace(code, scratch, c, toLayout.bytes);
      emitBlocks(code, { begin, end, count, block }, () => {
        touch.emit(source, () => code.get(count).i32(from.bytes).op('i32.mul'));
        code.get(source).get(a).i32(0).get(scratch).get(count).call(toPlanes);
        products.emit(
          [a, u, c],
          (group) => (tiles[group] === 0 ? [] : calls),
          (group) => code.get(count).i32(tiles[group]!).op('i32.mul'),
        );
        touch.emit(result, () => code.get(count).i32(to.bytes).op('i32.mul'));
        code.get(c).get(result).get(extra).get(scratch).get(count).call(fromPlanes);
        emitAdvanceBy(code, source, count, from.bytes);
        for (const images of masked ? [result, extra] : [result])
          emitAdvanceBy(code, images, count, to.bytes);
      });
      return code;
    },
  };
}

/** A loop over blocks of images; `count` is the number of images in the block. */
function emitBlocks(
  code: FunctionBuilder,
  { begin, end, count, block }: { begin: Local; end: Local; count: Local; block: number },
  body: () => void,
): void {
  emitLoopTo(code, begin, end, block, () => {
    code.get(end).get(begin).op('i32.sub').set(count);
    code
      .get(count)
      .i32(block)
      .op('i32.gt_u')
      .if(() => code.i32(block).set(count));
    body();
  });
}
