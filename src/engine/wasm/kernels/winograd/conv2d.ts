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
 * A block of images goes through all steps before the next block starts, so that V and M of a block stay in the L2
 * cache. docs/winograd.md derives the matrices and says what they cost in accuracy.
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
import { imageBytes, outputBytes, transformTiles } from './transforms.ts';

/** y = convolution, then the epilogue. The items are images. Addresses: images, factors, y, bias, workspace. */
export function winogradKernel(batch: WinogradBatch, epilogue: Epilogue, target: Target): Kernel {
  const { sizes } = batch;
  const { channels, filters } = sizes;
  const name = `winograd_${describeBatch(batch)}_${epilogue}${targetSuffix(target)}`;
  const tiles = tilesOfGroups(sizes);
  const block = blockImages(batch);
  const patches = blockLayout(batch, channels);
  const outputs = blockLayout(batch, filters);
  return {
    name,
    build(module) {
      const toPatches = transformTiles(module, 'images', sizes, patches, target);
      const toOutputs = transformTiles(module, 'outputs', sizes, outputs, target, { epilogue });
      const names = ['images', 'factors', 'y', 'bias', 'workspace'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [x, u, y, bias, workspace] = addresses as [Local, Local, Local, Local, Local];
      const [v, m] = [workspace, code.local('i32', 'products')];
      const [scratch, count] = [code.local('i32', 'scratch'), code.local('i32', 'count')];
      const products = new PlaneProducts(code, [patches, filterLayout(channels, filters), outputs]);
      const calls = productCalls(module, target, {
        a: { row: channels, step: 1 },
        b: { panel: tileColumns(target) },
        depth: channels,
        columns: filters,
        rowCounts: rowCounts(batch),
      });
      emitAdvanceBy(code, x, begin, imageBytes(sizes));
      emitAdvanceBy(code, y, begin, outputBytes(sizes));
      emitOwnWorkspace(code, workspace, begin, batch.begins, blockWorkspaceBytes(batch));
      emitPlace(code, m, v, patches.bytes);
      emitPlace(code, scratch, m, outputs.bytes);
      emitBlocks(code, { begin, end, count, block }, () => {
        code.get(x).get(v).i32(0).get(scratch).get(count).call(toPatches);
        products.emit(
          [v, u, m],
          (group) => (tiles[group] === 0 ? [] : calls),
          (group) => code.get(count).i32(tiles[group]!).op('i32.mul'),
        );
        code.get(m).get(y).get(bias).get(scratch).get(count).call(toOutputs);
        emitAdvanceBy(code, x, count, imageBytes(sizes));
        emitAdvanceBy(code, y, count, outputBytes(sizes));
      });
      return code;
    },
  };
}

/** dx. The items are images. Addresses: dy, factors (of the transposed filter), dx, workspace. */
export function winogradBackwardInputKernel(
  batch: WinogradBatch,
  target: Target,
  { masked }: { readonly masked: boolean },
): Kernel {
  const { sizes } = batch;
  const { channels, filters } = sizes;
  const name = `winogradInput_${describeBatch(batch)}${masked ? '_masked' : ''}${targetSuffix(target)}`;
  const tiles = tilesOfGroups(sizes);
  const block = blockImages(batch);
  const gradients = blockLayout(batch, filters);
  const patches = blockLayout(batch, channels);
  return {
    name,
    build(module) {
      const toGradients = transformTiles(module, 'outputsBackward', sizes, gradients, target);
      const toImages = transformTiles(module, 'imagesBackward', sizes, patches, target, { masked });
      const names = ['dy', 'factors', 'dx', 'kept', 'workspace'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [dy, u, dx, kept, workspace] = addresses as [Local, Local, Local, Local, Local];
      const [m, v] = [workspace, code.local('i32', 'products')];
      const [scratch, count] = [code.local('i32', 'scratch'), code.local('i32', 'count')];
      const products = new PlaneProducts(code, [gradients, filterLayout(filters, channels), patches]);
      const calls = productCalls(module, target, {
        a: { row: filters, step: 1 },
        b: { panel: tileColumns(target) },
        depth: filters,
        columns: channels,
        rowCounts: rowCounts(batch),
      });
      emitAdvanceBy(code, dy, begin, outputBytes(sizes));
      for (const images of [dx, kept]) emitAdvanceBy(code, images, begin, imageBytes(sizes));
      emitOwnWorkspace(code, workspace, begin, batch.begins, blockWorkspaceBytes(batch));
      emitPlace(code, v, m, gradients.bytes);
      emitPlace(code, scratch, v, patches.bytes);
      emitBlocks(code, { begin, end, count, block }, () => {
        code.get(dy).get(m).i32(0).get(scratch).get(count).call(toGradients);
        products.emit(
          [m, u, v],
          (group) => (tiles[group] === 0 ? [] : calls),
          (group) => code.get(count).i32(tiles[group]!).op('i32.mul'),
        );
        code.get(v).get(dx).get(kept).get(scratch).get(count).call(toImages);
        emitAdvanceBy(code, dy, count, outputBytes(sizes));
        for (const images of [dx, kept]) emitAdvanceBy(code, images, count, imageBytes(sizes));
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
