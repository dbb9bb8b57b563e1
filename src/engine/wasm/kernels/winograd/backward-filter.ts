import type { Local } from '../../assembler/function-builder.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitPlace, emitRepeat } from '../emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from '../kernel.ts';
import { widestTile } from '../matmul-tiles.ts';
import { packKernel } from '../pack.ts';
import { cacheLineBytes, floatBytes } from '../sizes.ts';
import { describeBatch, planeBytes, type WinogradBatch } from './batch.ts';
import { productCalls } from './products.ts';
import { groupFloats, planeCount, tilesOf } from './tiles.ts';
import { transformPlanes } from './transforms.ts';
import { scratchBytes } from './square-transform.ts';

/** Filters in one item, a panel of the filter's gradient. */
export const filterPanel: number = widestTile;
/** Bytes of a row of a panel. */
const panelRow = filterPanel * floatBytes;

/**
 * The first-level cache has 64 sets of 8 lines. Rows whose distance is a multiple of this lie in few of the sets, and
 * push each other out. A panel of such rows is copied first; others are read where they lie.
 */
const crowdedRowBytes = 8 * cacheLineBytes;

function gathersPanels(filters: number): boolean {
  return (filters * floatBytes) % crowdedRowBytes === 0;
}

/** Floats of the workspace that an item of `winogradBackwardFilterKernel` needs. */
export function filterWorkspaceFloats({ sizes, images }: WinogradBatch): number {
  const gradients = gathersPanels(sizes.filters) ? images * tilesOf(sizes) * filterPanel : 0;
  return (planeCount * planeBytes(sizes.channels, filterPanel) + scratchBytes) / floatBytes + gradients;
}

/**
 * dW: each thread sums over all tiles of the batch, for its own filters. The items are panels of 16 filters.
 * Addresses: patches, gradients, dFilter, workspace.
 *
 * First dU = Vᵀ·dM, plane by plane. A thread computes a plane for all of its panels before the next plane, so that the
 * plane of V, which they all need, stays in the cache. Then dW = Gᵀ·dU·G, panel by panel.
 */
export function winogradBackwardFilterKernel(batch: WinogradBatch, target: Target): Kernel {
  const { sizes, images } = batch;
  const { channels, filters } = sizes;
  const name = `winogradFilter_${describeBatch(batch)}${targetSuffix(target)}`;
  const rows = images * tilesOf(sizes);
  const plane = planeBytes(channels, filterPanel);
  const gathers = gathersPanels(filters);
  const panelBytes = gathers ? rows * panelRow : 0;
  return {
    name,
    build(module) {
      const pack = gathers
        ? packKernel({ k: rows, n: filters, width: filterPanel, transposed: false }).build(module)
        : null;
      const planes = { from: plane, to: channels * filters * floatBytes };
      const toFilter = transformPlanes(module, 'filterBackward', planes, target);
      const product = productCalls(module, target, {
        a: { row: 1, step: channels },
        b: gathers ? { panel: filterPanel } : { panel: filterPanel, step: filters },
        depth: rows,
        columns: filterPanel,
        rowCounts: [channels],
      });
      const names = ['patches', 'gradients', 'dFilter', 'workspace'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [v, m, dFilter, workspace] = addresses as [Local, Local, Local, Local];
      const local = (of: string): Local => code.local('i32', of);
      const [panel, gradients, to, own] = [
        local('panel'),
        local('gradients_panel'),
        local('to'),
        local('own'),
      ];
      const [row, counter] = [local('row'), local('counter')];
      const workspaceBytes = filterWorkspaceFloats(batch) * floatBytes;
      const productsStart = panelBytes + scratchBytes;

      /** gradients ← the panel of the current plane of dM: where it lies, or as a copy at `to`. */
      const emitGradients = (): void => {
        if (pack) {
          // `pack` adds the distance to panel `panel` to both addresses; here there is one panel, so it is subtracted
          code.get(m).get(to);
          code.get(panel).i32(panelBytes).op('i32.mul').op('i32.sub');
          code.get(panel).get(panel).i32(1).op('i32.add').call(pack);
          emitPlace(code, gradients, to, 0);
        } else {
          emitPlace(code, gradients, m, 0);
          emitAdvanceBy(code, gradients, panel, panelRow);
        }
      };
      /** The current plane of dU for each panel, in the workspace of the panel. */
      const emitProducts = (): void => {
        emitPlace(code, panel, begin, 0);
        emitPlace(code, to, own, 0);
        emitLoopTo(code, panel, end, 1, () => {
          emitGradients();
          for (const call of product) {
            code.get(v).i32(call.a).op('i32.add').get(gradients).i32(call.b).op('i32.add');
            code.get(to).i32(productsStart).op('i32.add').get(row).op('i32.add').i32(0);
            code.i32(0).i32(channels).call(call.callee);
          }
          emitAdvance(code, to, workspaceBytes);
        });
      };
      /** From the planes of dU of a panel to the panel of dW. */
      const emitTransform = (): void => {
        emitPlace(code, to, own, productsStart);
        emitPlace(code, panel, dFilter, 0);
        emitRepeat(code, counter, channels, () => {
          code.get(to).get(panel).i32(0).get(own).i32(panelBytes).op('i32.add');
          code.i32(filterPanel / groupFloats).call(toFilter);
          emitAdvance(code, to, panelRow);
          emitAdvance(code, panel, filters * floatBytes);
        });
      };

      // `own` is the workspace of panel `begin`: gradients, scratch, planes of products
      emitPlace(code, own, workspace, 0);
      emitAdvanceBy(code, own, begin, workspaceBytes);
      code.i32(0).set(row);
      emitRepeat(code, counter, planeCount, () => {
        emitProducts();
        emitAdvance(code, v, planeBytes(rows, channels));
        emitAdvance(code, m, planeBytes(rows, filters));
        emitAdvance(code, row, plane);
      });
      emitAdvanceBy(code, dFilter, begin, panelRow);
      emitLoopTo(code, begin, end, 1, () => {
        emitTransform();
        emitAdvance(code, own, workspaceBytes);
        emitAdvance(code, dFilter, panelRow);
      });
      return code;
    },
  };
}
