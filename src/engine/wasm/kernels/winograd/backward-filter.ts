import type { Local } from '../../assembler/function-builder.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitPlace, emitRepeat, emitZeros } from '../emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from '../kernel.ts';
import { widestTile } from '../matmul-tiles.ts';
import { floatBytes } from '../sizes.ts';
import { emitOwnWorkspace, planeBytes } from './batch.ts';
import { productCalls } from './products.ts';
import { describeTiles, groupFloats, planeCount, type TiledSizes, tilesOf } from './tiles.ts';
import { imageBytes, outputBytes, transformPlanes, transformTiles } from './transforms.ts';
import { scratchBytes } from './square-transform.ts';

/** Filters in one item, a panel of the filter's gradient. */
export const filterPanel: number = widestTile;
/** Bytes of a row of a panel. */
const panelRow = filterPanel * floatBytes;

/** A filter's gradient, and how the threads share its panels. */
export interface FilterGradient {
  readonly sizes: TiledSizes;
  readonly images: number;
  /** The first panel of each thread, and the most panels that a thread gets. */
  readonly begins: readonly number[];
  readonly panels: number;
}

/** Most tiles of a block: a sum of their products is long enough to make up for loading and storing dU. */
const blockTiles = 64;

/** Images of a block: blocks as few and as equal as possible. */
function blockImages({ sizes, images }: FilterGradient): number {
  const most = Math.max(1, Math.floor(blockTiles / tilesOf(sizes)));
  return Math.ceil(images / Math.ceil(images / most));
}

/** What a thread has in its workspace, in bytes: planes of a block's patches, of a panel of its gradients, and of dU. */
function workspaceParts(gradient: FilterGradient): { v: number; m: number; u: number; all: number } {
  const { channels } = gradient.sizes;
  const rows = blockImages(gradient) * tilesOf(gradient.sizes);
  const v = planeCount * planeBytes(rows, channels);
  const m = planeCount * planeBytes(rows, filterPanel);
  const u = planeCount * planeBytes(channels, filterPanel);
  return { v, m, u, all: v + m + gradient.panels * u + scratchBytes };
}

/** Floats of all workspaces: one for each thread. */
export function filterWorkspaceFloats(gradient: FilterGradient): number {
  return (gradient.begins.length * workspaceParts(gradient).all) / floatBytes;
}

/**
 * dW: each thread sums over all tiles of the batch, for its own filters. The items are panels of 16 filters.
 * Addresses: images, dy, dFilter, workspace.
 *
 * dU = Vᵀ·dM grows by the products of a block of images after the other. The patches V of a block and a panel of its
 * gradients dM are made for these products alone, although the convolution and dx had them too: to make them in the L2
 * cache takes less time than to keep those of the whole batch in memory and read them again. At the end, dW = Gᵀ·dU·G,
 * panel by panel.
 */
export function winogradBackwardFilterKernel(gradient: FilterGradient, target: Target): Kernel {
  const { sizes, images } = gradient;
  const { channels, filters } = sizes;
  const block = blockImages(gradient);
  const name = `winogradFilter_${describeTiles(sizes)}_of_${images}_in_blocks_of_${block}${targetSuffix(target)}`;
  const parts = workspaceParts(gradient);
  const [patchPlane, gradientPlane] = [channels, filterPanel].map((depth) =>
    planeBytes(block * tilesOf(sizes), depth),
  ) as [number, number];
  const plane = planeBytes(channels, filterPanel);
  return {
    name,
    build(module) {
      const toPatches = transformTiles(module, 'images', sizes, patchPlane, target);
      const toGradients = transformTiles(module, 'outputsBackward', sizes, gradientPlane, target, {
        slice: filterPanel,
      });
      const planes = { from: plane, to: channels * filters * floatBytes };
      const toFilter = transformPlanes(module, 'filterBackward', planes, target);
      const { code, addresses, begin, end } = kernelFunction(module, name, [
        'images',
        'dy',
        'dFilter',
        'workspace',
      ]);
      const [x, dy, dFilter, v] = addresses as [Local, Local, Local, Local];
      const local = (of: string): Local => code.local('i32', of);
      const [m, u, scratch] = [local('gradients'), local('sums'), local('scratch')];
      const [panel, panelDy, panelU] = [local('panel'), local('panel_dy'), local('panel_sums')];
      const [a, b, c] = [local('a_plane'), local('b_plane'), local('c_plane')];
      const [counter, planeCounter] = [local('counter'), local('planes')];

      const emitPanels = (body: () => void): void => {
        emitPlace(code, panel, begin, 0);
        emitPlace(code, panelU, u, 0);
        emitLoopTo(code, panel, end, 1, () => {
          body();
          emitAdvance(code, panelU, parts.u);
        });
      };
      /** dU += the products of `count` images. */
      const emitBlock = (count: number): void => {
        const product = productCalls(module, target, {
          a: { row: 1, step: channels },
          b: { panel: filterPanel },
          depth: count * tilesOf(sizes),
          columns: filterPanel,
          rowCounts: [channels],
          adds: true,
        });
        code.get(x).get(v).i32(0).get(scratch).i32(count).call(toPatches);
        emitPlace(code, panelDy, dy, 0);
        emitPanels(() => {
          code.get(panelDy).get(m).i32(0).get(scratch).i32(count).call(toGradients);
          for (const [pointer, start] of [
            [a, v],
            [b, m],
            [c, panelU],
          ] as const) {
            emitPlace(code, pointer, start, 0);
          }
          emitRepeat(code, planeCounter, planeCount, () => {
            for (const call of product) {
              code.get(a).i32(call.a).op('i32.add').get(b).i32(call.b).op('i32.add');
              code.get(c).i32(0).i32(0).i32(channels).call(call.callee);
            }
            emitAdvance(code, a, patchPlane);
            emitAdvance(code, b, gradientPlane);
            emitAdvance(code, c, plane);
          });
          emitAdvance(code, panelDy, panelRow);
        });
        emitAdvance(code, x, count * imageBytes(sizes));
        emitAdvance(code, dy, count * outputBytes(sizes));
      };
      /** From the planes of dU of a panel to the panel of dW. */
      const emitTransform = (): void => {
        emitPlace(code, a, panelU, 0);
        emitPlace(code, b, dFilter, 0);
        emitRepeat(code, counter, channels, () => {
          code.get(a).get(b).i32(0).get(scratch);
          code.i32(filterPanel / groupFloats).call(toFilter);
          emitAdvance(code, a, panelRow);
          emitAdvance(code, b, filters * floatBytes);
        });
        emitAdvance(code, dFilter, panelRow);
      };

      emitOwnWorkspace(code, v, begin, gradient.begins, parts.all);
      emitPlace(code, m, v, parts.v);
      emitPlace(code, scratch, m, parts.m);
      emitPlace(code, u, scratch, scratchBytes);
      emitAdvanceBy(code, dy, begin, panelRow);
      emitAdvanceBy(code, dFilter, begin, panelRow);
      emitPlace(code, a, u, 0);
      code.get(u).get(end).get(begin).op('i32.sub').i32(parts.u).op('i32.mul').op('i32.add').set(b);
      emitZeros(code, a, b);
      emitRepeat(code, counter, Math.floor(images / block), () => emitBlock(block));
      if (images % block > 0) emitBlock(images % block);
      emitPanels(emitTransform);
      return code;
    },
  };
}
