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

/** A filter's gradient, and how the threads share its panels. */
export interface FilterGradient {
  readonly sizes: TiledSizes;
  readonly images: number;
  /** The first panel of each thread, and the most panels that a thread gets. */
  readonly begins: readonly number[];
  readonly panels: number;
}

/** The planes of a block's patches V, of a panel of its gradients dM, and of a panel of the sums dU. */
function layoutsOf(gradient: FilterGradient): { v: PlaneLayout; m: PlaneLayout; u: PlaneLayout } {
  const { sizes } = gradient;
  const block = imagesOfBlock(sizes, gradient.images);
  return {
    v: tileLayout(sizes, block, sizes.channels),
    m: tileLayout(sizes, block, panelColumns),
    u: filterLayout(sizes.channels, panelColumns),
  };
}

/** Bytes of the workspace of one thread. It has the sums of all its panels. */
function workspaceBytes(gradient: FilterGradient): number {
  const { v, m, u } = layoutsOf(gradient);
  return v.bytes + m.bytes + gradient.panels * u.bytes + scratchBytes;
}

/** Floats of all workspaces: one for each thread. */
export function filterWorkspaceFloats(gradient: FilterGradient): number {
  return (gradient.begins.length * workspaceBytes(gradient)) / floatBytes;
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
  const block = imagesOfBlock(sizes, images);
  const name = `winogradFilter_${describeTiles(sizes)}_of_${images}_in_blocks_of_${block}${targetSuffix(target)}`;
  const layouts = layoutsOf(gradient);
  const tiles = tilesOfGroups(sizes);
  const tileCounts = [block, images % block]
    .flatMap((count) => tiles.map((ofImage) => count * ofImage))
    .filter((count) => count > 0);
  return {
    name,
    build(module) {
      const toPatches = transformTiles(module, 'images', sizes, layouts.v, target);
      const toGradients = transformTiles(module, 'outputsBackward', sizes, layouts.m, target, {
        slice: panelColumns,
      });
      const toFilter = transformPlanes(module, 'filterBackward', target, {
        from: (i, j) => planeOffset(layouts.u, i, j),
        to: (i, j) => (i * kernelSize + j) * channels * filters * floatBytes,
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
      const [panel, panelDy, panelU] = [local('panel'), local('panel_dy'), local('panel_sums')];
      const [from, to, counter, pixels] = [local('from'), local('to'), local('counter'), local('pixels')];
      const products = new PlaneProducts(code, [layouts.v, layouts.m, layouts.u]);

      const touch = new Touch(code, scratch);
      /** Touches what a thread reads of `count` images: x, and its own filters of dy. */
      const emitTouches = (count: number): void => {
        touch.emit(x, () => code.i32(count * imageBytes(sizes)));
        emitPlace(code, from, dy, 0);
        emitRepeat(code, pixels, (count * outputBytes(sizes)) / (filters * floatBytes), () => {
          touch.emit(from, () => code.get(end).get(begin).op('i32.sub').i32(panelRow).op('i32.mul'));
          emitAdvance(code, from, filters * floatBytes);
        });
      };
      const emitPanels = (body: () => void): void => {
        emitPlace(code, panel, begin, 0);
        emitPlace(code, panelU, u, 0);
        emitLoopTo(code, panel, end, 1, () => {
          body();
          emitAdvance(code, panelU, layouts.u.bytes);
        });
      };
      /** dU += the products of `count` images. */
      const emitBlock = (count: number): void => {
        emitTouches(count);
        code.get(x).get(v).i32(0).get(scratch).i32(count).call(toPatches);
        emitPlace(code, panelDy, dy, 0);
        emitPanels(() => {
          code.get(panelDy).get(m).i32(0).get(scratch).i32(count).call(toGradients);
          products.emit(
            [v, m, panelU],
            (group) => calls.get(count * tiles[group]!) ?? [],
            () => code.i32(channels),
          );
          emitAdvance(code, panelDy, panelRow);
        });
        emitAdvance(code, x, count * imageBytes(sizes));
        emitAdvance(code, dy, count * outputBytes(sizes));
      };
      /** From the planes of dU of a panel to the panel of dW. */
      const emitTransform = (): void => {
        emitPlace(code, from, panelU, 0);
        emitPlace(code, to, dFilter, 0);
        emitRepeat(code, counter, channels, () => {
          code.get(from).get(to).i32(0).get(scratch);
          code.i32(panelColumns / groupFloats).call(toFilter);
          emitAdvance(code, from, panelRow);
          emitAdvance(code, to, filters * floatBytes);
        });
        emitAdvance(code, dFilter, panelRow);
      };

      emitOwnWorkspace(code, v, begin, gradient.begins, workspaceBytes(gradient));
      emitPlace(code, m, v, layouts.v.bytes);
      emitPlace(code, scratch, m, layouts.m.bytes);
      emitPlace(code, u, scratch, scratchBytes);
      emitAdvanceBy(code, dy, begin, panelRow);
      emitAdvanceBy(code, dFilter, begin, panelRow);
      emitPlace(code, from, u, 0);
      code.get(u).get(end).get(begin).op('i32.sub').i32(layouts.u.bytes).op('i32.mul').op('i32.add').set(to);
      emitZeros(code, from, to);
      emitRepeat(code, counter, Math.floor(images / block), () => emitBlock(block));
      if (images % block > 0) emitBlock(images % block);
      emitPanels(emitTransform);
      return code;
    },
  };
}
