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
        a: { plane: patchPlane, row: channels, step: 1 },
        b: { plane: planeBytes(channels, units), packed: true },
        c: { plane: productPlane },
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
        a: { plane: gradientPlane, row: units, step: 1 },
        b: { plane: planeBytes(units, channels), packed: true },
        c: { plane: patchPlane },
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

/**
 * dW: each thread sums over all tiles of the batch for input channels of its own, which are the units. Addresses:
 * patches, gradients, dFilter, products, scratch.
 */
export function winogradBackwardFilterKernel(
  batch: WinogradBatch,
  channelCounts: readonly number[],
  target: Target,
): Kernel {
  const { sizes, images } = batch;
  const { channels, units } = sizes;
  const name = `winogradFilter_${describe(batch)}_rows_${channelCounts.join('+')}${targetSuffix(target)}`;
  const rows = images * tilesOf(sizes);
  const productPlane = planeBytes(channels, units);
  return {
    name,
    build(module) {
      const planes = { from: productPlane, to: channels * units * floatBytes };
      const toFilter = transformPlanes(module, 'filterBack', planes, target);
      const names = ['patches', 'gradients', 'dFilter', 'products', 'scratch'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [v, m, dFilter, products, scratch] = addresses as [Local, Local, Local, Local, Local];
      new PlaneProducts(module, code, target, {
        a: { plane: planeBytes(rows, channels), row: 1, step: channels },
        b: { plane: planeBytes(rows, units), packed: false },
        c: { plane: productPlane },
        depth: rows,
        columns: units,
        rowCounts: channelCounts,
      }).emit(v, m, products, () => code.get(end), begin);
      for (const address of [products, dFilter]) emitAdvanceBy(code, address, begin, units * floatBytes);
      emitAdvanceBy(code, scratch, begin, scratchBytes);
      code.get(products).get(dFilter).i32(0).get(scratch);
      code.get(end).get(begin).op('i32.sub');
      code.i32(units / groupFloats).op('i32.mul').call(toFilter);
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
      const { code, addresses, begin, end } = kernelFunction(module, name, ['filter', 'factors', 'workspace']);
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
  /** Bytes from plane to plane; floats from row to row and from one p to the next. */
  readonly a: { readonly plane: number; readonly row: number; readonly step: number };
  readonly b: { readonly plane: number; readonly packed: boolean };
  readonly c: { readonly plane: number };
  readonly depth: number;
  readonly columns: number;
  readonly rowCounts: readonly number[];
}

/** The product C = A·B in each of the 36 planes. */
class PlaneProducts {
  readonly #code: FunctionBuilder;
  readonly #options: ProductOptions;
  readonly #calls: readonly { a: number; b: number; c: number; callee: Callable }[];
  readonly #pointers: readonly [Local, Local, Local];
  readonly #plane: Local;

  constructor(module: ModuleBuilder, code: FunctionBuilder, target: Target, options: ProductOptions) {
    const { a, b, depth: k, columns: n, rowCounts: counts } = options;
    const width = tileColumns(target);
    const layout: MatmulLayout = {
      aRow: a.row * floatBytes,
      aStep: a.step * floatBytes,
      bStep: (b.packed ? width : n) * floatBytes,
      bPanel: (b.packed ? k * width : width) * floatBytes,
      bPadded: b.packed,
      cRow: n * floatBytes,
    };
    const blocks = planDepth(k);
    this.#calls = blocks.flatMap(({ start, depth }, index) =>
      planColumns(n, target).map(({ start: column, columns, panels }) => ({
        a: start * layout.aStep,
        b: start * layout.bStep + (column / width) * layout.bPanel,
        c: column * floatBytes,
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
      })),
    );
    this.#code = code;
    this.#options = options;
    this.#pointers = ['a', 'b', 'c'].map((name) => code.local('i32', `${name}_plane`)) as [Local, Local, Local];
    this.#plane = code.local('i32', 'plane');
  }

  /** For the rows from `begin`, 0 if left out, to what `pushEnd` leaves on the stack. */
  emit(a: Local, b: Local, c: Local, pushEnd: () => unknown, begin?: Local): void {
    const code = this.#code;
    for (const [index, start] of [a, b, c].entries()) code.get(start).set(this.#pointers[index]!);
    const [aPlane, bPlane, cPlane] = this.#pointers;
    emitRepeat(code, this.#plane, planeCount, () => {
      for (const call of this.#calls) {
        code.get(aPlane).i32(call.a).op('i32.add').get(bPlane).i32(call.b).op('i32.add');
        code.get(cPlane).i32(call.c).op('i32.add').i32(0);
        if (begin) code.get(begin);
        else code.i32(0);
        pushEnd();
        code.call(call.callee);
      }
      emitAdvance(code, aPlane, this.#options.a.plane);
      emitAdvance(code, bPlane, this.#options.b.plane);
      emitAdvance(code, cPlane, this.#options.c.plane);
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
