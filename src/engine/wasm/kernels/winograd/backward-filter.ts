import type { Local } from '../../assembler/function-builder.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitPlace, emitRepeat, emitZeros } from '../emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from '../kernel.ts';
import { floatBytes } from '../sizes.ts';
import { emitOwnWorkspace, imagesOfBlock } from './batch.ts';
import { filterLayout, type PlaneLayout, planeOffset, tileLayout, tilesOfGroups } from './planes.ts';
import { PlaneProducts, productCalls } from './products.ts';
import { describeTiles, groupFloats, kernelSize, panelColumns, type TiledSizes } from './tiles.ts';
import { Touch } from './touch.ts';
import { imageBytes, outputBytes, transformPlanes, transformTiles } from './transforms.ts';
import { scratchBytes } from './square-transform.ts';

/** Bytes of a row of a panel. */
const panelRow = panelColumns * floatBytes;

/** A filter's gradient, and how the threads share it: an item is a panel of filters, for some of the channels. */
export interface FilterGradient {
  readonly sizes: TiledSizes;
  readonly images: number;
  /** How many parts the channels are divided into. The items of a panel, one for each part, follow each other. */
  readonly channelParts: number;
  /** The first item of each thread, and the most items that a thread gets. */
  readonly begins: readonly number[];
  readonly mostItems: number;
}

/**
 * What the patches of all channels take of the time, where the products with one panel take 1: some 180 additions, loads
 * and stores of a patch by 576 multiply-adds.
 */
const patchesTime = 0.3;

/**
 * The division of the channels with which the thread that has most to do has least to do. Panels alone are few. But a thread
 * makes the patches of its channels, or all patches if the channels are not divided, so that parts help only where a thread
 * has few panels, or where the panels do not come out even.
 *
 * @param sharesOf how many of some items each thread gets
 */
export function channelPartsFor(
  { channels, filters }: TiledSizes,
  sharesOf: (items: number) => readonly number[],
): number {
  const panels = filters / panelColumns;
  const timeOf = (parts: number): number => {
    const most = Math.max(...sharesOf(panels * parts)) / parts;
    return most + patchesTime * (parts === 1 ? 1 : most);
  };
  let best = 1;
  for (let parts = 2; parts <= channels / panelColumns; parts++) {
    if (channels % (parts * panelColumns) === 0 && timeOf(parts) < timeOf(best)) best = parts;
  }
  return best;
}

/** The planes of a block's patches V, of a panel of its gradients dM, and of the sums dU of an item. */
function layoutsOf(gradient: FilterGradient): { v: PlaneLayout; m: PlaneLayout; u: PlaneLayout } {
  const { sizes, channelParts } = gradient;
  const block = imagesOfBlock(sizes, gradient.images);
  const channels = sizes.channels / channelParts;
  return {
    v: tileLayout(sizes, block, channels),
    m: tileLayout(sizes, block, panelColumns),
    u: filterLayout(channels, panelColumns),
  };
}

/** Bytes of the workspace of one thread. It has the sums of all its items. */
function workspaceBytes(gradient: FilterGradient): number {
  const { v, m, u } = layoutsOf(gradient);
  return v.bytes + m.bytes + gradient.mostItems * u.bytes + scratchBytes;
}

/** Floats of all workspaces: one for each thread. */
export function filterWorkspaceFloats(gradient: FilterGradient): number {
  return (gradient.begins.length * workspaceBytes(gradient)) / floatBytes;
}

/**
 * dW: each thread sums over all tiles of the batch, for its own filters and channels. The items are panels of 16 filters,
 * each divided by channels. Addresses: images, dy, dFilter, workspace.
 *
 * dU = Vᵀ·dM grows by the products of a block of images after the other. The patches V of a block and a panel of its
 * gradients dM are made for these products alone, although the convolution and dx had them too: to make them in the L2
 * cache takes less time than to keep those of the whole batch in memory and read them again. At the end, dW = Gᵀ·dU·G,
 * item by item.
 */
export function winogradBackwardFilterKernel(gradient: FilterGradient, target: Target): Kernel {
  const { sizes, images, channelParts } = gradient;
  const { filters } = sizes;
  const channels = sizes.channels / channelParts;
  const block = imagesOfBlock(sizes, images);
  const parts = channelParts === 1 ? '' : `_in_${channelParts}_parts`;
  const name =
    `winogradFilter_${describeTiles(sizes)}_of_${images}_in_blocks_of_${block}${parts}` +
    targetSuffix(target);
  const layouts = layoutsOf(gradient);
  const tiles = tilesOfGroups(sizes);
  const tileCounts = [block, images % block]
    .flatMap((count) => tiles.map((ofImage) => count * ofImage))
    .filter((count) => count > 0);
  return {
    name,
    build(module) {
      const toPatches = transformTiles(module, 'images', sizes, layouts.v, target, { slice: channels });
      const toGradients = transformTiles(module, 'outputsBackward', sizes, layouts.m, target, {
        slice: panelColumns,
      });
      const toFilter = transformPlanes(module, 'filterBackward', target, {
        from: (i, j) => planeOffset(layouts.u, i, j),
        to: (i, j) => (i * kernelSize + j) * sizes.channels * filters * floatBytes,
      });
      /** dU += Vᵀ·dM, by the number of tiles. */
      const calls = new Map(
        tileCounts.map((depth) => [
          depth,
          productCalls(module, target, {
            a: { row: 1, step: channels },
            b: { panel: panelColumns },
            depth,
            columns: panelColumns,
            rowCounts: [channels],
            adds: true,
          }),
        ]),
      );
      const { code, addresses, begin, end } = kernelFunction(module, name, [
        'images',
        'dy',
        'dFilter',
        'workspace',
      ]);
      const [x, dy, dFilter, v] = addresses as [Local, Local, Local, Local];
      const local = (of: string): Local => code.local('i32', of);
      const [m, u, scratch] = [local('gradients'), local('sums'), local('scratch')];
      const [item, panel, part] = [local('item'), local('panel'), local('part')];
      const [itemX, itemDy, itemU] = [local('item_x'), local('item_dy'), local('item_sums')];
      const [from, to, counter, pixels] = [local('from'), local('to'), local('counter'), local('pixels')];
      const products = new PlaneProducts(code, [layouts.v, layouts.m, layouts.u]);

      const touch = new Touch(code, scratch);
      /** Touches what a thread reads of `count` images: x, and its own filters of dy. */
      const emitTouches = (count: number): void => {
        touch.emit(x, () => code.i32(count * imageBytes(sizes)));
        code.get(dy).set(from);
        emitAdvanceBy(code, from, begin, panelRow);
        emitRepeat(code, pixels, (count * outputBytes(sizes)) / (filters * floatBytes), () => {
          touch.emit(from, () => code.get(end).get(begin).op('i32.sub').i32(panelRow).op('i32.mul'));
          emitAdvance(code, from, filters * floatBytes);
        });
      };
      /** For each item of the thread: its panel, its part of the channels, and its sums. */
      const emitItems = (body: () => void): void => {
        emitPlace(code, item, begin, 0);
        emitPlace(code, itemU, u, 0);
        emitLoopTo(code, item, end, 1, () => {
          code.get(item).i32(channelParts).op('i32.div_u').set(panel);
          code.get(item).set(part);
          emitAdvanceBy(code, part, panel, -channelParts);
          body();
          emitAdvance(code, itemU, layouts.u.bytes);
        });
      };
      const emitPatches = (source: Local, count: number): void => {
        code.get(source).get(v).i32(0).get(scratch).i32(count).call(toPatches);
      };
      /** dU += the products of `count` images. */
      const emitBlock = (count: number): void => {
        if (channelParts === 1) {
          emitTouches(count);
          emitPatches(x, count);
        }
        emitItems(() => {
          if (channelParts > 1) {
            code.get(x).set(itemX);
            emitAdvanceBy(code, itemX, part, channels * floatBytes);
            emitPatches(itemX, count);
          }
          code.get(dy).set(itemDy);
          emitAdvanceBy(code, itemDy, panel, panelRow);
          code.get(itemDy).get(m).i32(0).get(scratch).i32(count).call(toGradients);
          products.emit(
            [v, m, itemU],
            (group) => calls.get(count * tiles[group]!) ?? [],
            () => code.i32(channels),
          );
        });
        emitAdvance(code, x, count * imageBytes(sizes));
        emitAdvance(code, dy, count * outputBytes(sizes));
      };
      /** From the planes of dU of an item to its part of dW. */
      const emitTransform = (): void => {
        emitPlace(code, from, itemU, 0);
        code.get(dFilter).set(to);
        emitAdvanceBy(code, to, panel, panelRow);
        emitAdvanceBy(code, to, part, channels * filters * floatBytes);
        emitRepeat(code, counter, channels, () => {
          code.get(from).get(to).i32(0).get(scratch);
          code.i32(panelColumns / groupFloats).call(toFilter);
          emitAdvance(code, from, panelRow);
          emitAdvance(code, to, filters * floatBytes);
        });
      };

      emitOwnWorkspace(code, v, begin, gradient.begins, workspaceBytes(gradient));
      emitPlace(code, m, v, layouts.v.bytes);
      emitPlace(code, scratch, m, layouts.m.bytes);
      emitPlace(code, u, scratch, scratchBytes);
      emitPlace(code, from, u, 0);
      code.get(u).get(end).get(begin).op('i32.sub').i32(layouts.u.bytes).op('i32.mul').op('i32.add').set(to);
      emitZeros(code, from, to);
      emitRepeat(code, counter, Math.floor(images / block), () => emitBlock(block));
      if (images % block > 0) emitBlock(images % block);
      emitItems(emitTransform);
      return code;
    },
  };
}
