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
 */
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { type ConvSizes, describeConv, maxUnrolled, windowOffsets } from './conv2d.ts';
import { emitAdvance, emitLoopTo, emitMultiplyAdd, emitRepeat, vectorLocals } from './emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from './kernel.ts';
import { planRows, tileColumns } from './matmul-tiles.ts';
import { floatBytes, lanes, vectorBytes } from './sizes.ts';

/** Some rows (tap, channel) of dFilter. */
interface RowTile {
  readonly start: number;
  readonly height: number;
}

/** The tiles of rows that cover the window of a filter. */
function windowTiles({ channels, kernelHeight, kernelWidth }: ConvSizes): RowTile[] {
  let start = 0;
  return planRows(kernelHeight * kernelWidth * channels).map((height) => {
    start += height;
    return { start: start - height, height };
  });
}

/** The number of items of `conv2dFilterUnrolledKernel`; null where the kernel does not apply. */
export function unrolledItems(sizes: ConvSizes, target: Target): number | null {
  const rows = sizes.kernelHeight * sizes.kernelWidth * sizes.channels;
  if (rows > maxUnrolled || sizes.filters % tileColumns(target) !== 0) return null;
  return windowTiles(sizes).length * (sizes.filters / tileColumns(target));
}

/** An item is a rectangle of dFilter: number tile · panels + panel. Addresses: images, dy, dFilter. */
export function conv2dFilterUnrolledKernel(sizes: ConvSizes, images: number, target: Target): Kernel {
  const name = `conv2dFilterUnrolled_${describeConv(sizes)}_of_${images}${targetSuffix(target)}`;
  const columns = tileColumns(target);
  const panels = sizes.filters / columns;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['images', 'dy', 'dFilter']);
      const [x, dy, dFilter] = addresses as [Local, Local, Local];
      const tile = new TileEmitter(code, { sizes, images, x, dy, dFilter }, target);
      emitLoopTo(code, begin, end, 1, () => {
        for (const [index, rows] of windowTiles(sizes).entries()) {
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

interface TileParts {
  readonly sizes: ConvSizes;
  readonly images: number;
  readonly x: Local;
  readonly dy: Local;
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
  /** Addresses of a window's first number, of the pixel's dy, and of the tile in dFilter. */
  readonly #from: Local;
  readonly #gradient: Local;
  readonly #result: Local;
  readonly #counters: { readonly image: Local; readonly row: Local; readonly pixel: Local };
  readonly #sums: readonly (readonly Local[])[];
  readonly #gradients: readonly Local[];
  readonly #spread: Local;

  constructor(code: FunctionBuilder, parts: TileParts, target: Target) {
    this.#code = code;
    this.#parts = parts;
    this.#target = target;
    this.#offsets = windowOffsets(parts.sizes);
    this.#from = code.local('i32', 'from');
    this.#gradient = code.local('i32', 'gradient');
    this.#counters = {
      image: code.local('i32', 'image'),
      row: code.local('i32', 'row'),
      pixel: code.local('i32', 'pixel'),
    };
    this.panel = code.local('i32', 'panel');
    this.#result = code.local('i32', 'result');
    const vectors = tileColumns(target) / lanes;
    const height = Math.max(...windowTiles(parts.sizes).map((tile) => tile.height));
    this.#sums = Array.from({ length: height }, (_, r) => vectorLocals(code, `sum${r}_`, vectors));
    this.#gradients = vectorLocals(code, 'dy', vectors);
    this.#spread = code.local('v128', 'x_spread');
  }

  /** One tile, over all images. */
  emit({ start, height }: RowTile): void {
    const code = this.#code;
    const { images, sizes, x, dy, dFilter } = this.#parts;
    const sums = this.#sums.slice(0, height);
    code.get(x).set(this.#from).get(dy).get(this.panel).op('i32.add').set(this.#gradient);
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

  /** Runs the code of `pixel` for each output pixel of an image. */
  #emitImage(pixel: () => void): void {
    const code = this.#code;
    const { channels, strideY, strideX, outputHeight, outputWidth, filters, paddedHeight, paddedWidth } =
      this.#parts.sizes;
    const pixelBytes = strideX * channels * floatBytes;
    const rowBytes = strideY * paddedWidth * channels * floatBytes;
    const imageBytes = paddedHeight * paddedWidth * channels * floatBytes;
    emitRepeat(code, this.#counters.row, outputHeight, () => {
      emitRepeat(code, this.#counters.pixel, outputWidth, () => {
        pixel();
        emitAdvance(code, this.#from, pixelBytes);
        emitAdvance(code, this.#gradient, filters * floatBytes);
      });
      emitAdvance(code, this.#from, rowBytes - outputWidth * pixelBytes);
    });
    emitAdvance(code, this.#from, imageBytes - outputHeight * rowBytes);
  }

  /** sums += (the numbers of x under the taps) ⊗ (the panel of the pixel's dy). */
  #emitPixel(sums: readonly (readonly Local[])[], start: number): void {
    const code = this.#code;
    for (const [v, vector] of this.#gradients.entries()) {
      code.get(this.#gradient);
      code.memory('v128.load', v * vectorBytes).set(vector);
    }
    for (const [r, sum] of sums.entries()) {
      code.get(this.#from);
      code.memory('v128.load32_splat', this.#offsets[start + r]).set(this.#spread);
      for (const [v, local] of sum.entries()) {
        emitMultiplyAdd(
          code,
          this.#target,
          () => code.get(this.#spread),
          () => code.get(this.#gradients[v]!),
          () => code.get(local),
        );
        code.set(local);
      }
    }
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
      for (const w of [v + 1, v]) {
        this.#code.get(this.#result).get(sum[w]!);
        this.#code.memory('v128.store', this.#rowOffset(r) + w * vectorBytes);
      }
    }
  }

  #rowOffset(r: number): number {
    return r * this.#parts.sizes.filters * floatBytes;
  }
}
