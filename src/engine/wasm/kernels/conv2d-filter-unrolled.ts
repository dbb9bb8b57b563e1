/**
 * The gradient of a convolution's filter where a window has few numbers, as on images of one channel.
 *
 * Each number under the window is a row of a tile, so that a row of dy is loaded once for several taps:
 *
 *              o … a panel of columns
 *            ┌────────────────┐        for each output pixel: a number of x under each of these taps, spread over a
 *    (tap,   │ a rectangle    │        vector, times the pixel's row of dy
 *    channel)│ of dFilter     │
 *            └────────────────┘
 *
 * Each sum runs over the pixels of one image. The sums of the images are then added.
 *
 * Where max-pooling follows the convolution, dy is 0 but for one pixel of each window: the place that argmax names has the
 * window's gradient. So a step of the walk is a window, and dy is never written: for each place in the window, the gradient
 * counts where argmax is that place. Neighbouring places have most of their numbers of x in common, and each is loaded once.
 */
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { type ConvSizes, describeConv, maxUnrolled, placeOffset, windowOffsets } from './conv2d.ts';
import { describePool, fitsInRegisters, type PoolSizes } from './pool.ts';
import { emitAdvance, emitLoopTo, emitMultiplyAdd, emitRepeat, vectorLocals } from './emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from './kernel.ts';
import { planRows, tileColumns } from './matmul-tiles.ts';
import { floatBytes, lanes, vectorBytes } from './sizes.ts';

/** Some rows (tap, channel) of dFilter. */
interface RowTile {
  readonly start: number;
  readonly height: number;
}

/** What the kernel sums up, and over which images. */
export interface UnrolledFilter {
  readonly sizes: ConvSizes;
  readonly images: number;
  /** Of the pool that follows the convolution, if dy is still pooled. */
  readonly pool: PoolSizes | null;
}

/** Rows of a tile whose gradients are pooled: with a panel of eight columns. */
const pooledHeight = 9;

/** The tiles of rows that cover the window of a filter. */
function windowTiles({ sizes: { channels, kernelHeight, kernelWidth }, pool }: UnrolledFilter): RowTile[] {
  const rows = kernelHeight * kernelWidth * channels;
  const heights =
    pool === null
      ? planRows(rows)
      : Array.from({ length: Math.ceil(rows / pooledHeight) }, (_, tile) =>
          Math.min(pooledHeight, rows - tile * pooledHeight),
        );
  let start = 0;
  return heights.map((height) => {
    start += height;
    return { start: start - height, height };
  });
}

/** Columns of a panel. */
function columnsOf({ pool }: UnrolledFilter, target: Target): number {
  return pool === null ? tileColumns(target) : tileColumns(target) / 2;
}

/** The number of items of `conv2dFilterUnrolledKernel`; null where the kernel does not apply. */
export function unrolledItems(filter: UnrolledFilter, target: Target): number | null {
  const { sizes, pool } = filter;
  const rows = sizes.kernelHeight * sizes.kernelWidth * sizes.channels;
  // the same for 128 and 256 bits: another kernel would add in another order, and the weights would differ
  const widest = columnsOf(filter, { fma: true, wide: true });
  if (rows > maxUnrolled || sizes.filters % widest !== 0) return null;
  if (pool !== null && !fitsInRegisters(pool)) return null;
  return windowTiles(filter).length * (sizes.filters / columnsOf(filter, target));
}

/**
 * An item is a rectangle of dFilter: number tile · panels + panel. Addresses: images, dy, argmax (any, where dy is not
 * pooled), dFilter.
 */
export function conv2dFilterUnrolledKernel(filter: UnrolledFilter, target: Target): Kernel {
  const { sizes, images, pool } = filter;
  const pooled = pool === null ? '' : `_pooled_${describePool(pool)}`;
  const name = `conv2dFilterUnrolled_${describeConv(sizes)}_of_${images}${pooled}${targetSuffix(target)}`;
  const columns = columnsOf(filter, target);
  const panels = sizes.filters / columns;
  return {
    name,
    build(module) {
      const names = ['images', 'dy', 'argmax', 'dFilter'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [x, dy, argmax, dFilter] = addresses as [Local, Local, Local, Local];
      const tile = new TileEmitter(code, { ...filter, x, dy, argmax, dFilter }, target);
      emitLoopTo(code, begin, end, 1, () => {
        for (const [index, rows] of windowTiles(filter).entries()) {
          code.get(begin).i32(panels).op('i32.div_u').i32(index).op('i32.eq');
          code.if(() => {
            code.get(begin).i32(index * panels);
            code.op('i32.sub').i32(columns * floatBytes);
            code.op('i32.mul').set(tile.panel);
            tile.emit(rows);
          });
        }
      });
      return code;
    },
  };
}

interface TileParts extends UnrolledFilter {
  readonly x: Local;
  readonly dy: Local;
  readonly argmax: Local;
  readonly dFilter: Local;
}

/** Emits tiles of different heights that share their locals. */
class TileEmitter {
  /** Where the panel begins in a row of dy and of dFilter, in bytes. */
  readonly panel: Local;
  readonly #code: FunctionBuilder;
  readonly #parts: TileParts;
  readonly #target: Target;
  /** Where the numbers under a window lie, from its first one. */
  readonly #offsets: readonly number[];
  /** Addresses of a window's first number, of the pixel's dy and argmax, and of the tile in dFilter. */
  readonly #from: Local;
  readonly #gradient: Local;
  readonly #place: Local;
  readonly #result: Local;
  readonly #counters: { readonly image: Local; readonly row: Local; readonly pixel: Local };
  readonly #sums: readonly (readonly Local[])[];
  /** One panel of dy for each place of a window; without a pool, one. */
  readonly #gradients: readonly (readonly Local[])[];
  readonly #largest: readonly Local[];
  readonly #spread: Local;

  constructor(code: FunctionBuilder, parts: TileParts, target: Target) {
    this.#code = code;
    this.#parts = parts;
    this.#target = target;
    this.#offsets = windowOffsets(parts.sizes);
    this.#from = code.local('i32', 'from');
    this.#gradient = code.local('i32', 'gradient');
    this.#place = code.local('i32', 'place');
    this.#counters = {
      image: code.local('i32', 'image'),
      row: code.local('i32', 'row'),
      pixel: code.local('i32', 'pixel'),
    };
    this.panel = code.local('i32', 'panel');
    this.#result = code.local('i32', 'result');
    const vectors = columnsOf(parts, target) / lanes;
    const height = Math.max(...windowTiles(parts).map((tile) => tile.height));
    this.#sums = Array.from({ length: height }, (_, r) => vectorLocals(code, `sum${r}_`, vectors));
    const places = parts.pool === null ? 1 : parts.pool.height * parts.pool.width;
    this.#gradients = Array.from({ length: places }, (_, place) =>
      vectorLocals(code, `dy${place}_`, vectors),
    );
    this.#largest = vectorLocals(code, 'largest', vectors);
    this.#spread = code.local('v128', 'x_spread');
  }

  /** One tile, over all images. */
  emit({ start, height }: RowTile): void {
    const code = this.#code;
    const { images, sizes, x, dy, argmax, dFilter } = this.#parts;
    const sums = this.#sums.slice(0, height);
    code.get(x).set(this.#from).get(dy).get(this.panel).op('i32.add').set(this.#gradient);
    code.get(argmax).get(this.panel).op('i32.add').set(this.#place);
    code.get(dFilter).get(this.panel).op('i32.add').set(this.#result);
    emitAdvance(code, this.#result, start * sizes.filters * floatBytes);
    for (const sum of sums.flat()) code.f32x4(0).set(sum);
    for (const [r, sum] of sums.entries()) this.#emitStoreRow(sum, r);
    emitRepeat(code, this.#counters.image, images, () => {
      for (const sum of sums.flat()) code.f32x4(0).set(sum);
      this.#emitImage(() => this.#emitPixel(sums, start));
      for (const [r, sum] of sums.entries()) this.#emitAddRow(sum, r);
    });
  }

  /** Runs the code of `pixel` for each pixel of dy of an image. */
  #emitImage(pixel: () => void): void {
    const code = this.#code;
    const { sizes, pool } = this.#parts;
    const { channels, strideY, strideX, filters, paddedHeight, paddedWidth } = sizes;
    const rows = pool?.oh ?? sizes.outputHeight;
    const columns = pool?.ow ?? sizes.outputWidth;
    const pixelBytes = (pool?.width ?? 1) * strideX * channels * floatBytes;
    const rowBytes = (pool?.height ?? 1) * strideY * paddedWidth * channels * floatBytes;
    const imageBytes = paddedHeight * paddedWidth * channels * floatBytes;
    emitRepeat(code, this.#counters.row, rows, () => {
      emitRepeat(code, this.#counters.pixel, columns, () => {
        pixel();
        emitAdvance(code, this.#from, pixelBytes);
        emitAdvance(code, this.#gradient, filters * floatBytes);
        if (pool) emitAdvance(code, this.#place, filters * floatBytes);
      });
      emitAdvance(code, this.#from, rowBytes - columns * pixelBytes);
    });
    emitAdvance(code, this.#from, imageBytes - rows * rowBytes);
  }

  /** sums += (the numbers of x under the taps) ⊗ (the panel of the pixel's dy), at each place of the pixel's window. */
  #emitPixel(sums: readonly (readonly Local[])[], start: number): void {
    const code = this.#code;
    this.#emitGradients();
    for (const [offset, terms] of this.#termsByOffset(sums.length, start)) {
      code.get(this.#from).memory('v128.load32_splat', offset).set(this.#spread);
      for (const { row, place } of terms) {
        for (const [v, local] of sums[row]!.entries()) {
          emitMultiplyAdd(
            code,
            this.#target,
            () => code.get(this.#spread),
            () => code.get(this.#gradients[place]![v]!),
            () => code.get(local),
          );
          code.set(local);
        }
      }
    }
  }

  /** Loads the panel of dy; with a pool, makes of it one for each place, 0 where the largest number was elsewhere. */
  #emitGradients(): void {
    const code = this.#code;
    const panel = this.#gradients.at(-1)!;
    for (const [v, vector] of panel.entries()) {
      code.get(this.#gradient);
      code.memory('v128.load', v * vectorBytes).set(vector);
    }
    if (this.#parts.pool === null) return;
    for (const [v, largest] of this.#largest.entries()) {
      code.get(this.#place);
      code.memory('v128.load', v * vectorBytes).set(largest);
    }
    for (const [place, gradients] of this.#gradients.entries()) {
      for (const [v, vector] of gradients.entries()) {
        code.get(this.#largest[v]!).i32x4(place, place, place, place).op('i32x4.eq');
        code.get(panel[v]!).op('v128.and').set(vector);
      }
    }
  }

  /** For each number of x, by its offset, the rows of the tile and the places of the window whose product it is part of. */
  #termsByOffset(height: number, start: number): Map<number, { row: number; place: number }[]> {
    const { sizes, pool } = this.#parts;
    const terms = new Map<number, { row: number; place: number }[]>();
    for (const place of this.#gradients.keys()) {
      const pixel = pool === null ? 0 : placeOffset(sizes, pool, place);
      for (let row = 0; row < height; row++) {
        const offset = pixel + this.#offsets[start + row]!;
        terms.set(offset, [...(terms.get(offset) ?? []), { row, place }]);
      }
    }
    return terms;
  }

  /** Adds the sums of row r to dFilter. */
  #emitAddRow(sum: readonly Local[], r: number): void {
    const code = this.#code;
    for (const [v, local] of sum.entries()) {
      code.get(this.#result).memory('v128.load', this.#rowOffset(r) + v * vectorBytes);
      code.get(local).op('f32x4.add').set(local);
    }
    this.#emitStoreRow(sum, r);
  }

  /** Stores the sums of row r. Of each pair, the upper half is stored first: V8 packs them in that order. */
  #emitStoreRow(sum: readonly Local[], r: number): void {
    for (let v = 0; v < sum.length; v += 2) {
      for (const w of [v + 1, v].filter((index) => index < sum.length)) {
        this.#code.get(this.#result).get(sum[w]!);
        this.#code.memory('v128.store', this.#rowOffset(r) + w * vectorBytes);
      }
    }
  }

  #rowOffset(r: number): number {
    return r * this.#parts.sizes.filters * floatBytes;
  }
}
