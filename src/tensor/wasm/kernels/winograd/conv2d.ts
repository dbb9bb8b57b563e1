/**
 * Convolution with 3×3 filters by Winograd's F(4×4, 3×3): 36 products for a tile of 16 outputs that takes 144
 * otherwise. For each of the 36 places in a patch, all tiles and channels together make a product of matrices:
 *
 *     V = Bᵀ·d·B      patches of the images      36 planes [tiles, c]
 *     U = G·g·Gᵀ      factors of the filter      36 planes [c, o]
 *     M = V·U         plane by plane             36 planes [tiles, o]
 *     y = Aᵀ·M·A      outputs
 *
 * Each of these steps is linear in each operand, so the way back is their transposes in reverse order:
 *
 *     dM = A·dy·Aᵀ    dV = dM·Uᵀ    dx = B·dV·Bᵀ    dU = Vᵀ·dM    dW = Gᵀ·dU·G
 *
 * A block of images goes through all steps before the next, so that what lies between stays in the L2 cache.
 * docs/winograd.md explains where the matrices come from and what they cost in accuracy.
 */
import type { Callable, FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import type { ModuleBuilder } from '../../assembler/module-builder.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitRepeat, floatBytes } from '../emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from '../kernel.ts';
import {
  type Epilogue,
  matmulKernel,
  type MatmulLayout,
  planColumns,
  planDepth,
  tileColumns,
} from '../matmul.ts';
import { packKernel } from '../pack.ts';
import { describeTiles, groupFloats, kernelSize, planeCount, type TiledSizes, tilesOf } from './tiles.ts';
import {
  imageBytes,
  outputBytes,
  scratchBytes,
  transformImages,
  transformImagesBack,
  transformOutputs,
  transformOutputsBack,
  transformPlanes,
} from './transforms.ts';

const taps = kernelSize ** 2;

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

function blockImages({ sizes, shares }: WinogradBatch): number {
  return Math.min(Math.max(1, Math.floor(blockRows / tilesOf(sizes))), Math.max(...shares));
}

/** The numbers of rows that products get: those of whole blocks and of what is left. */
function rowCounts(batch: WinogradBatch): number[] {
  const block = blockImages(batch);
  const counts = batch.shares.flatMap((share) => [share >= block ? block : 0, share % block]);
  return [...new Set(counts)].filter((count) => count > 0).map((count) => count * tilesOf(batch.sizes));
}

/** Bytes of the planes [tiles, depth] of one block. */
function blockBytes(batch: WinogradBatch, depth: number): number {
  return planeCount * planeBytes(blockImages(batch) * tilesOf(batch.sizes), depth);
}

/** Each thread has a workspace of its own: that of an image is its first image's share. */
function shareBytes(batch: WinogradBatch, depths: readonly number[]): number {
  const planes = depths.map((depth) => planeCount * planeBytes(tilesOf(batch.sizes), depth));
  return planes.reduce((sum, bytes) => sum + bytes, 0) + scratchBytes;
}

/** Floats of the workspace of `conv2d`, `conv2dBackwardInput` or `transformGradients`. */
export function workspaceFloats(batch: WinogradBatch, depths: readonly number[]): number {
  return ((batch.images + blockImages(batch)) * shareBytes(batch, depths)) / floatBytes;
}

/**
 * Where the planes of patches go: kept for the gradient of the filter, those of all images; otherwise to the
 * workspace, those of a block.
 */
export type Patches = 'kept' | 'block';

/** Depths of the planes in the workspace of a convolution. */
export function forwardDepths({ channels, units }: TiledSizes, patches: Patches): number[] {
  return patches === 'kept' ? [units] : [units, channels];
}

/** y = convolution + epilogue; the units are images. Addresses: images, patches, factors, y, bias, workspace. */
export function winogradKernel(
  batch: WinogradBatch,
  patches: Patches,
  epilogue: Epilogue,
  target: Target,
): Kernel {
  const { sizes, images } = batch;
  const { channels, units } = sizes;
  const name = `winograd_${describe(batch)}_${patches}_${epilogue}${targetSuffix(target)}`;
  const tiles = tilesOf(sizes);
  const block = blockImages(batch);
  const kept = patches === 'kept';
  const patchPlane = planeBytes((kept ? images : block) * tiles, channels);
  const productPlane = planeBytes(block * tiles, units);
  return {
    name,
    build(module) {
      const toPatches = transformImages(module, sizes, patchPlane, target);
      const toOutputs = transformOutputs(module, sizes, productPlane, epilogue, target);
      const names = ['images', 'patches', 'factors', 'y', 'bias', 'workspace'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [x, v, u, y, bias, workspace] = addresses as [Local, Local, Local, Local, Local, Local];
      const [scratch, count] = [code.local('i32', 'scratch'), code.local('i32', 'count')];
      const products = new PlaneProducts(module, code, target, {
        planes: { a: patchPlane, b: planeBytes(channels, units), c: productPlane },
        a: { row: channels, step: 1 },
        b: { panel: tileColumns(target) },
        depth: channels,
        columns: units,
        rowCounts: rowCounts(batch),
      });
      emitAdvanceBy(code, x, begin, imageBytes(sizes));
      emitAdvanceBy(code, y, begin, outputBytes(sizes));
      emitAdvanceBy(code, workspace, begin, shareBytes(batch, forwardDepths(sizes, patches)));
      emitPlace(code, scratch, workspace, blockBytes(batch, units));
      if (kept) emitAdvanceBy(code, v, begin, tiles * channels * floatBytes);
      else {
        emitPlace(code, v, scratch, 0);
        emitAdvance(code, scratch, blockBytes(batch, channels));
      }
      emitBlocks(code, { begin, end, count, block }, () => {
        code.get(x).get(v).i32(0).get(scratch).get(count).call(toPatches);
        products.emit(v, u, workspace, () => code.get(count).i32(tiles).op('i32.mul'));
        code.get(workspace).get(y).get(bias).get(scratch).get(count).call(toOutputs);
        emitAdvanceBy(code, x, count, imageBytes(sizes));
        emitAdvanceBy(code, y, count, outputBytes(sizes));
        if (kept) emitAdvanceBy(code, v, count, tiles * channels * floatBytes);
      });
      return code;
    },
  };
}

/**
 * dx, and on the way the gradients' planes dM, which the gradient of the filter needs too; the units are images.
 * Addresses: dy, gradients, factors (of the transposed filter), dx, workspace.
 */
export function winogradBackwardInputKernel(batch: WinogradBatch, target: Target): Kernel {
  const { sizes, images } = batch;
  const { channels, units } = sizes;
  const name = `winogradInput_${describe(batch)}${targetSuffix(target)}`;
  const tiles = tilesOf(sizes);
  const block = blockImages(batch);
  const gradientPlane = planeBytes(images * tiles, units);
  const patchPlane = planeBytes(block * tiles, channels);
  return {
    name,
    build(module) {
      const toGradients = transformOutputsBack(module, sizes, gradientPlane, target);
      const toImages = transformImagesBack(module, sizes, patchPlane, target);
      const names = ['dy', 'gradients', 'factors', 'dx', 'workspace'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [dy, m, u, dx, workspace] = addresses as [Local, Local, Local, Local, Local];
      const [scratch, count] = [code.local('i32', 'scratch'), code.local('i32', 'count')];
      const products = new PlaneProducts(module, code, target, {
        planes: { a: gradientPlane, b: planeBytes(units, channels), c: patchPlane },
        a: { row: units, step: 1 },
        b: { panel: tileColumns(target) },
        depth: units,
        columns: channels,
        rowCounts: rowCounts(batch),
      });
      emitAdvanceBy(code, dy, begin, outputBytes(sizes));
      emitAdvanceBy(code, m, begin, tiles * units * floatBytes);
      emitAdvanceBy(code, dx, begin, imageBytes(sizes));
      emitAdvanceBy(code, workspace, begin, shareBytes(batch, [channels]));
      emitPlace(code, scratch, workspace, blockBytes(batch, channels));
      emitBlocks(code, { begin, end, count, block }, () => {
        code.get(dy).get(m).i32(0).get(scratch).get(count).call(toGradients);
        products.emit(m, u, workspace, () => code.get(count).i32(tiles).op('i32.mul'));
        code.get(workspace).get(dx).i32(0).get(scratch).get(count).call(toImages);
        emitAdvanceBy(code, dy, count, outputBytes(sizes));
        emitAdvanceBy(code, m, count, tiles * units * floatBytes);
        emitAdvanceBy(code, dx, count, imageBytes(sizes));
      });
      return code;
    },
  };
}

/** Only the planes of the patches, or of the gradients; the units are images. Addresses: from, to, workspace. */
export function winogradTransformKernel(
  batch: WinogradBatch,
  what: 'images' | 'gradients',
  target: Target,
): Kernel {
  const { sizes, images } = batch;
  const name = `winogradTransform_${what}_${describe(batch)}${targetSuffix(target)}`;
  const tiles = tilesOf(sizes);
  const depth = what === 'images' ? sizes.channels : sizes.units;
  return {
    name,
    build(module) {
      const transform = what === 'images' ? transformImages : transformOutputsBack;
      const toPlanes = transform(module, sizes, planeBytes(images * tiles, depth), target);
      const { code, addresses, begin, end } = kernelFunction(module, name, ['from', 'to', 'workspace']);
      const [from, to, workspace] = addresses as [Local, Local, Local];
      emitAdvanceBy(code, from, begin, what === 'images' ? imageBytes(sizes) : outputBytes(sizes));
      emitAdvanceBy(code, to, begin, tiles * depth * floatBytes);
      emitAdvanceBy(code, workspace, begin, shareBytes(batch, []));
      code.get(from).get(to).i32(0).get(workspace).get(end).get(begin).op('i32.sub').call(toPlanes);
      return code;
    },
  };
}

/** Output channels that one unit of the filter's gradient has. */
export const filterPanel = 16;

/**
 * Rows this far apart share few lines of the first-level cache (64 lines of 64 bytes, 8 for each place), so that a
 * panel of them is better gathered first; others are read where they lie.
 */
const crowdedRowBytes = 512;

function gathersPanels(units: number): boolean {
  return (units * floatBytes) % crowdedRowBytes === 0;
}

/** Floats of the workspace that a unit of `winogradBackwardFilterKernel` needs. */
export function filterWorkspaceFloats({ sizes, images }: WinogradBatch): number {
  const gradients = gathersPanels(sizes.units) ? images * tilesOf(sizes) * filterPanel : 0;
  return (planeCount * planeBytes(sizes.channels, filterPanel) + scratchBytes) / floatBytes + gradients;
}

/**
 * dW: each thread sums over all tiles of the batch, for output channels of its own. The units are panels of 16 of
 * these. Addresses: patches, gradients, dFilter, workspace.
 */
export function winogradBackwardFilterKernel(batch: WinogradBatch, target: Target): Kernel {
  const { sizes, images } = batch;
  const { channels, units } = sizes;
  const name = `winogradFilter_${describe(batch)}${targetSuffix(target)}`;
  const rows = images * tilesOf(sizes);
  const panelRow = filterPanel * floatBytes;
  const plane = planeBytes(channels, filterPanel);
  const gathers = gathersPanels(units);
  const panelBytes = gathers ? rows * panelRow : 0;
  return {
    name,
    build(module) {
      const pack = gathers
        ? packKernel({ k: rows, n: units, width: filterPanel, transposed: false }).build(module)
        : null;
      const planes = { from: plane, to: channels * units * floatBytes };
      const toFilter = transformPlanes(module, 'filterBack', planes, target);
      const product = productCalls(module, target, {
        a: { row: 1, step: channels },
        b: gathers ? { panel: filterPanel } : { panel: filterPanel, step: units },
        depth: rows,
        columns: filterPanel,
        rowCounts: [channels],
      });
      const names = ['patches', 'gradients', 'dFilter', 'workspace'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [v, m, dFilter, workspace] = addresses as [Local, Local, Local, Local];
      const local = (of: string): Local => code.local('i32', of);
      const [panel, gradients, to, own, row, counter] = [
        local('panel'),
        local('gradients_panel'),
        local('to'),
        local('own'),
        local('row'),
        local('counter'),
      ];
      const workspaceBytes = filterWorkspaceFloats(batch) * floatBytes;
      const productsStart = panelBytes + scratchBytes;
      // `own` is the workspace of panel `begin`: gradients, scratch, planes of products
      emitPlace(code, own, workspace, 0);
      emitAdvanceBy(code, own, begin, workspaceBytes);
      code.i32(0).set(row);
      emitRepeat(code, counter, planeCount, () => {
        emitPlace(code, panel, begin, 0);
        emitPlace(code, to, own, 0);
        emitLoopTo(code, panel, end, 1, () => {
          if (pack) {
            // `pack` finds panel number `panel` in what it writes too: that is taken back
            code.get(m).get(to);
            code.get(panel).i32(panelBytes).op('i32.mul').op('i32.sub');
            code.get(panel).get(panel).i32(1).op('i32.add').call(pack);
            emitPlace(code, gradients, to, 0);
          } else {
            emitPlace(code, gradients, m, 0);
            emitAdvanceBy(code, gradients, panel, panelRow);
          }
          for (const call of product) {
            code.get(v).i32(call.a).op('i32.add').get(gradients).i32(call.b).op('i32.add');
            code.get(to).i32(productsStart).op('i32.add').get(row).op('i32.add').i32(0);
            code.i32(0).i32(channels).call(call.callee);
          }
          emitAdvance(code, to, workspaceBytes);
        });
        emitAdvance(code, v, planeBytes(rows, channels));
        emitAdvance(code, m, planeBytes(rows, units));
        emitAdvance(code, row, plane);
      });
      emitAdvanceBy(code, dFilter, begin, panelRow);
      emitLoopTo(code, begin, end, 1, () => {
        emitPlace(code, to, own, productsStart);
        emitPlace(code, panel, dFilter, 0);
        emitRepeat(code, counter, channels, () => {
          code.get(to).get(panel).i32(0).get(own).i32(panelBytes).op('i32.add');
          code.i32(filterPanel / groupFloats).call(toFilter);
          emitAdvance(code, to, panelRow);
          emitAdvance(code, panel, units * floatBytes);
        });
        emitAdvance(code, own, workspaceBytes);
        emitAdvance(code, dFilter, panelRow);
      });
      return code;
    },
  };
}

/** How a filter's taps are read as matrices B [k, n]: as they are, [c, o], or transposed. */
export interface FactorSizes {
  readonly channels: number;
  readonly units: number;
  readonly transposed: boolean;
}

/** Floats that a panel of factors needs between packing and transforming. */
export function factorScratchFloats({ channels, units, transposed }: FactorSizes, target: Target): number {
  const k = transposed ? units : channels;
  return taps * k * tileColumns(target) + scratchBytes / floatBytes;
}

/**
 * U = G·g·Gᵀ, in panels as the products read them; the units are panels. Each tap of the panel is packed, then
 * all are transformed. Addresses: filter, factors, workspace.
 */
export function winogradFactorsKernel(factors: FactorSizes, target: Target): Kernel {
  const { channels, units, transposed } = factors;
  const name = `winogradFactors_${channels}x${units}${transposed ? '_transposed' : ''}${targetSuffix(target)}`;
  const [k, n] = transposed ? [units, channels] : [channels, units];
  const width = tileColumns(target);
  const panelBytes = k * width * floatBytes;
  return {
    name,
    build(module) {
      const pack = packKernel({ k, n, width, transposed }).build(module);
      const planes = { from: panelBytes, to: planeBytes(k, n) };
      const toFactors = transformPlanes(module, 'filter', planes, target);
      const { code, addresses, begin, end } = kernelFunction(module, name, [
        'filter',
        'factors',
        'workspace',
      ]);
      const [filter, u, workspace] = addresses as [Local, Local, Local];
      const [from, to, scratch, tap] = ['from', 'to', 'scratch', 'tap'].map((local) =>
        code.local('i32', local),
      ) as [Local, Local, Local, Local];
      emitAdvanceBy(code, u, begin, panelBytes);
      emitAdvanceBy(code, workspace, begin, factorScratchFloats(factors, target) * floatBytes);
      emitPlace(code, scratch, workspace, taps * panelBytes);
      emitLoopTo(code, begin, end, 1, () => {
        emitPlace(code, from, filter, 0);
        emitPlace(code, to, workspace, 0);
        // `pack` finds panel `begin` itself in what it reads and in what it writes: the latter is taken back
        emitAdvanceBy(code, to, begin, -panelBytes);
        emitRepeat(code, tap, taps, () => {
          code.get(from).get(to).get(begin).get(begin).i32(1).op('i32.add').call(pack);
          emitAdvance(code, from, channels * units * floatBytes);
          emitAdvance(code, to, panelBytes);
        });
        code.get(workspace).get(u).i32(0).get(scratch);
        code.i32((k * width) / groupFloats).call(toFactors);
        emitAdvance(code, u, panelBytes);
      });
      return code;
    },
  };
}

interface ProductOptions {
  /** Floats from row to row, and from one p to the next. */
  readonly a: { readonly row: number; readonly step: number };
  /** Columns of a panel; floats from one p to the next, if they are not neighbours. */
  readonly b: { readonly panel: number; readonly step?: number };
  readonly depth: number;
  readonly columns: number;
  readonly rowCounts: readonly number[];
}

interface ProductCall {
  /** Bytes from the starts of the operands. */
  readonly a: number;
  readonly b: number;
  readonly callee: Callable;
}

/** The calls that make C = A·B, with C's rows one after the other. */
function productCalls(module: ModuleBuilder, target: Target, options: ProductOptions): ProductCall[] {
  const { a, b, depth: k, columns: n, rowCounts: counts } = options;
  const layout: MatmulLayout = {
    aRow: a.row * floatBytes,
    aStep: a.step * floatBytes,
    bStep: (b.step ?? b.panel) * floatBytes,
    // all columns in one panel, or panel after panel of a tile's width
    bPanel: (n === b.panel ? tileColumns(target) : k * b.panel) * floatBytes,
    bPadded: true,
    cRow: n * floatBytes,
  };
  // channels are whole panels: one group of columns
  const [{ columns, panels }] = planColumns(n, target) as [ReturnType<typeof planColumns>[number]];
  const blocks = planDepth(k);
  return blocks.map(({ start, depth }, index) => ({
    a: start * layout.aStep,
    b: start * layout.bStep,
    callee: matmulKernel(
      {
        layout,
        columns,
        panels,
        depth,
        first: index === 0,
        last: index === blocks.length - 1,
        epilogue: 'none',
        rowCounts: counts,
      },
      target,
    ).build(module),
  }));
}

interface PlaneOptions extends ProductOptions {
  /** Bytes from plane to plane. */
  readonly planes: { readonly a: number; readonly b: number; readonly c: number };
}

/** The product C = A·B in each of the 36 planes. */
class PlaneProducts {
  readonly #code: FunctionBuilder;
  readonly #planes: PlaneOptions['planes'];
  readonly #calls: readonly ProductCall[];
  readonly #pointers: readonly [Local, Local, Local];
  readonly #plane: Local;

  constructor(module: ModuleBuilder, code: FunctionBuilder, target: Target, options: PlaneOptions) {
    this.#calls = productCalls(module, target, options);
    this.#code = code;
    this.#planes = options.planes;
    this.#pointers = ['a', 'b', 'c'].map((name) => code.local('i32', `${name}_plane`)) as [
      Local,
      Local,
      Local,
    ];
    this.#plane = code.local('i32', 'plane');
  }

  /** For as many rows as `pushRows` leaves on the stack. */
  emit(a: Local, b: Local, c: Local, pushRows: () => unknown): void {
    const code = this.#code;
    for (const [index, start] of [a, b, c].entries()) code.get(start).set(this.#pointers[index]!);
    const [aPlane, bPlane, cPlane] = this.#pointers;
    emitRepeat(code, this.#plane, planeCount, () => {
      for (const call of this.#calls) {
        code.get(aPlane).i32(call.a).op('i32.add').get(bPlane).i32(call.b).op('i32.add');
        code.get(cPlane).i32(0).i32(0);
        pushRows();
        code.call(call.callee);
      }
      emitAdvance(code, aPlane, this.#planes.a);
      emitAdvance(code, bPlane, this.#planes.b);
      emitAdvance(code, cPlane, this.#planes.c);
    });
  }
}

/** Goes over blocks of images, as long as any are left; `count` is how many the block has. */
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

/** local ← from + bytes. */
function emitPlace(code: FunctionBuilder, local: Local, from: Local, bytes: number): void {
  code.get(from).i32(bytes).op('i32.add').set(local);
}

function describe(batch: WinogradBatch): string {
  return `${describeTiles(batch.sizes)}_of_${batch.images}_in_blocks_of_${blockImages(batch)}_rows_${rowCounts(batch).join('+')}`;
}
