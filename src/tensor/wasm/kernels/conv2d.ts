/**
 * Convolution on padded images as products of matrices, without copying windows out of the images.
 *
 * Take one row of output pixels and one row ky of the filter. Under the windows of neighbouring output pixels lie
 * kw · c neighbouring floats of the image, strideX · c floats further for each pixel: that is a matrix A [ow, kw·c]
 * whose rows overlap in memory. The filter's row is a matrix B [kw·c, o] that lies in order. So
 *
 *     y[row of pixels] = Σ over ky of A(ky) · B(ky)
 *
 * and the kernel of matmul does it all: kh products that add to each other, bias and ReLU with the last.
 */
import type { Callable, FunctionBuilder, Local } from '../assembler/function-builder.ts';
import type { ModuleBuilder } from '../assembler/module-builder.ts';
import {
  emitAdvance,
  emitAdvanceBy,
  emitLoopTo,
  emitMultiplyAdd,
  emitRepeat,
  emitZeros,
  floatBytes,
  lanes,
  vectorBytes,
  vectorLocals,
} from './emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from './kernel.ts';
import {
  type Epilogue,
  matmulKernel,
  type MatmulPart,
  planColumns,
  planDepth,
  planRows,
  tileColumns,
} from './matmul.ts';

/** Sizes of a convolution on images that are padded already. */
export interface ConvSizes {
  readonly paddedHeight: number;
  readonly paddedWidth: number;
  readonly channels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly units: number;
}

function describe(sizes: ConvSizes): string {
  const { paddedHeight, paddedWidth, channels, kernelHeight, kernelWidth, strideY, strideX, units } = sizes;
  return `${paddedHeight}x${paddedWidth}x${channels}_by_${kernelHeight}x${kernelWidth}x${units}_stride_${strideY}_${strideX}`;
}

/**
 * Longest sum that is written out instead of looped over: a whole window of an image of one to a few channels.
 * Row by row of the filter, such sums are so short that most of the time goes into loading and storing y.
 */
const maxWrittenOut = 32;

/** Where the numbers under a window lie, from its first one, in the order of the filter's rows. */
function windowOffsets({ paddedWidth, channels, kernelHeight, kernelWidth }: ConvSizes): number[] {
  const rowFloats = kernelWidth * channels;
  return Array.from({ length: kernelHeight * rowFloats }, (_, p) => {
    const ky = Math.floor(p / rowFloats);
    return (ky * paddedWidth * channels + (p % rowFloats)) * floatBytes;
  });
}

/** y = convolution + epilogue; the units are images. Address parameters: images, filter, y, bias. */
export function conv2dKernel(sizes: ConvSizes, epilogue: Epilogue, target: Target): Kernel {
  const { channels, kernelHeight, kernelWidth, strideY, strideX, outputHeight, outputWidth, units } = sizes;
  const name = `conv2d_${describe(sizes)}_${epilogue}${targetSuffix(target)}`;
  const rowBytes = sizes.paddedWidth * channels * floatBytes;
  const rowFloats = kernelWidth * channels;
  const writtenOut = kernelHeight * rowFloats <= maxWrittenOut;
  const layout = {
    aRow: strideX * channels * floatBytes,
    aStep: floatBytes,
    bStep: units * floatBytes,
    bPadded: false,
    cRow: units * floatBytes,
    ...(writtenOut ? { aOffsets: windowOffsets(sizes) } : {}),
  };
  return {
    name,
    build(module) {
      const blocks = writtenOut
        ? [{ ky: 0, start: 0, depth: kernelHeight * rowFloats }]
        : Array.from({ length: kernelHeight }, (_, ky) =>
            planDepth(rowFloats).map(({ start, depth }) => ({ ky, start, depth })),
          ).flat();
      const cache = new Map<string, Callable>();
      const calls = blocks.flatMap(({ ky, start, depth }, index) =>
        planColumns(units, target).map(({ start: column, columns, panels }) => ({
          a: ky * rowBytes + start * floatBytes,
          b: ((ky * kernelWidth * channels + start) * units + column) * floatBytes,
          c: column * floatBytes,
          callee: buildOnce(module, cache, target, {
            layout: { ...layout, bPanel: columns * floatBytes },
            columns,
            panels,
            depth,
            first: index === 0,
            last: index === blocks.length - 1,
            epilogue,
            rowCounts: [outputWidth],
          }),
        })),
      );
      const { code, addresses, begin, end } = kernelFunction(module, name, ['images', 'filter', 'y', 'bias']);
      const [images, filter, y, bias] = addresses as [Local, Local, Local, Local];
      const row = code.local('i32', 'row');
      const imageBytes = sizes.paddedHeight * rowBytes;
      const outputRowBytes = outputWidth * units * floatBytes;
      emitAdvanceBy(code, images, begin, imageBytes);
      emitAdvanceBy(code, y, begin, outputHeight * outputRowBytes);
      emitLoopTo(code, begin, end, 1, () => {
        emitRepeat(code, row, outputHeight, () => {
          for (const { a, b, c, callee } of calls) {
            code
              .get(images)
              .i32(a)
              .op('i32.add')
              .get(filter)
              .i32(b)
              .op('i32.add')
              .get(y)
              .i32(c)
              .op('i32.add');
            code.get(bias).i32(c).op('i32.add').i32(0).i32(outputWidth).call(callee);
          }
          emitAdvance(code, images, strideY * rowBytes);
          emitAdvance(code, y, outputRowBytes);
        });
        emitAdvance(code, images, imageBytes - outputHeight * strideY * rowBytes);
      });
      return code;
    },
  };
}

/** How the pixels that belong together lie in x and in dy, in bytes. */
export interface FilterWalk {
  /** Sums of one image, and pixels in each: they follow each other in x and in dy. */
  readonly sums: number;
  readonly pixels: number;
  readonly xPixel: number;
  /** From one sum to the next, and from one image to the next. */
  readonly xSum: number;
  readonly dySum: number;
  readonly xImage: number;
  readonly dyImage: number;
  /** From the start of an image of dy to its first pixel. */
  readonly dyStart: number;
}

/**
 * dFilter[tap, c, o] = Σ over pixels of x[under the tap, c] · dy[pixel, o]; the units are the rows (tap, c).
 * For a tap and pixels that follow each other, x is a matrix [pixels, c], dy one [pixels, o]: xᵀ·dy is added to
 * the tap's rows. Address parameters: images, dy, dFilter.
 */
export function conv2dFilterKernel(
  sizes: ConvSizes,
  walk: FilterWalk,
  images: number,
  rowCounts: readonly number[],
  target: Target,
): Kernel {
  const { channels, kernelHeight, kernelWidth, units } = sizes;
  const counts = [...new Set(rowCounts)].toSorted((a, b) => a - b);
  const name =
    `conv2dFilter_${describe(sizes)}_of_${images}_in_${walk.sums}_sums_of_${walk.pixels}` +
    `_rows_${counts.join('+')}${targetSuffix(target)}`;
  const pixelBytes = channels * floatBytes;
  const rowBytes = sizes.paddedWidth * pixelBytes;
  const tapBytes = channels * units * floatBytes;
  return {
    name,
    build(module) {
      const cache = new Map<string, Callable>();
      const calls = planDepth(walk.pixels).flatMap(({ start, depth }) =>
        planColumns(units, target).map(({ start: column, columns, panels }) => ({
          a: start * walk.xPixel,
          b: walk.dyStart + (start * units + column) * floatBytes,
          c: column * floatBytes,
          callee: buildOnce(module, cache, target, {
            layout: {
              aRow: floatBytes,
              aStep: walk.xPixel,
              bStep: units * floatBytes,
              bPanel: columns * floatBytes,
              bPadded: false,
              cRow: units * floatBytes,
            },
            columns,
            panels,
            depth,
            first: false,
            last: true,
            epilogue: 'none',
            rowCounts,
          }),
        })),
      );
      const { code, addresses, begin, end } = kernelFunction(module, name, ['images', 'dy', 'dFilter']);
      const [x, dy, dFilter] = addresses as [Local, Local, Local];
      const local = (of: string): Local => code.local('i32', of);
      const [tap, taps, ky] = [local('tap'), local('taps'), local('ky')];
      const [tapBegin, tapEnd] = [local('tap_begin'), local('tap_end')];
      const [zero, zeroEnd] = [local('zero'), local('zero_end')];
      const [from, gradient, image, sum] = [local('from'), local('gradient'), local('image'), local('sum')];
      code.i32(kernelHeight * kernelWidth).set(taps);
      emitLoopTo(code, tap, taps, 1, () => {
        emitPartInTap(code, begin, tap, channels, tapBegin);
        emitPartInTap(code, end, tap, channels, tapEnd);
        code
          .get(tapBegin)
          .get(tapEnd)
          .op('i32.lt_u')
          .if(() => {
            code.get(dFilter).set(zero);
            emitAdvanceBy(code, zero, tapBegin, units * floatBytes);
            code.get(dFilter).set(zeroEnd);
            emitAdvanceBy(code, zeroEnd, tapEnd, units * floatBytes);
            emitZeros(code, zero, zeroEnd);
            // under the tap (ky, kx), x begins ky rows and kx pixels later
            code.get(tap).i32(kernelWidth).op('i32.div_u').set(ky);
            code.get(x).set(from).get(dy).set(gradient);
            emitAdvanceBy(code, from, ky, rowBytes - kernelWidth * pixelBytes);
            emitAdvanceBy(code, from, tap, pixelBytes);
            emitRepeat(code, image, images, () => {
              emitRepeat(code, sum, walk.sums, () => {
                for (const { a, b, c, callee } of calls) {
                  code.get(from).i32(a).op('i32.add').get(gradient).i32(b).op('i32.add');
                  code.get(dFilter).i32(c).op('i32.add').i32(0).get(tapBegin).get(tapEnd).call(callee);
                }
                emitAdvance(code, from, walk.xSum);
                emitAdvance(code, gradient, walk.dySum);
              });
              emitAdvance(code, from, walk.xImage - walk.sums * walk.xSum);
              emitAdvance(code, gradient, walk.dyImage - walk.sums * walk.dySum);
            });
          });
        emitAdvance(code, dFilter, tapBytes);
      });
      return code;
    },
  };
}

/** Columns of a unit of `conv2dFilterWrittenOutKernel`. */
function filterColumns(target: Target): number {
  return tileColumns(target);
}

/** Tiles of rows (tap, channel) that cover a filter's window. */
function windowTiles({
  channels,
  kernelHeight,
  kernelWidth,
}: ConvSizes): { start: number; height: number }[] {
  let start = 0;
  return planRows(kernelHeight * kernelWidth * channels).map((height) => {
    start += height;
    return { start: start - height, height };
  });
}

/** Whether the gradient of a filter is computed by `conv2dFilterWrittenOutKernel`, and in how many units. */
export function writtenOutUnits(sizes: ConvSizes, target: Target): number | null {
  const rows = sizes.kernelHeight * sizes.kernelWidth * sizes.channels;
  if (rows > maxWrittenOut || sizes.units % filterColumns(target) !== 0) return null;
  return windowTiles(sizes).length * (sizes.units / filterColumns(target));
}

/**
 * dFilter where a window has few numbers, as on images of one channel: each number under the window is a row of
 * a tile, so that a row of dy is loaded once for several taps. The units are pairs of a tile of rows and a panel
 * of columns. Sums run over the pixels of an image, and are added up over the images. Addresses: images, dy,
 * dFilter.
 */
export function conv2dFilterWrittenOutKernel(sizes: ConvSizes, images: number, target: Target): Kernel {
  const { channels, strideY, strideX, outputHeight, outputWidth, units, paddedHeight, paddedWidth } = sizes;
  const name = `conv2dFilterWrittenOut_${describe(sizes)}_of_${images}${targetSuffix(target)}`;
  const offsets = windowOffsets(sizes);
  const columns = filterColumns(target);
  const tiles = windowTiles(sizes);
  const pixelBytes = strideX * channels * floatBytes;
  const rowBytes = strideY * paddedWidth * channels * floatBytes;
  const gradientBytes = units * floatBytes;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['images', 'dy', 'dFilter']);
      const [x, dy, dFilter] = addresses as [Local, Local, Local];
      const [from, gradient, image, row, pixel, panel, result] = [
        'from',
        'gradient',
        'image',
        'row',
        'pixel',
        'panel',
        'result',
      ].map((local) => code.local('i32', local)) as [Local, Local, Local, Local, Local, Local, Local];
      const vectors = columns / lanes;
      const sums = Array.from({ length: Math.max(...tiles.map(({ height }) => height)) }, (_, r) =>
        vectorLocals(code, `sum${r}_`, vectors),
      );
      const gradients = vectorLocals(code, 'dy', vectors);
      const spread = code.local('v128', 'x_spread');
      const emitTile = (start: number, height: number): void => {
        const used = sums.slice(0, height);
        code.get(x).set(from).get(dy).get(panel).op('i32.add').set(gradient);
        code.get(dFilter).get(panel).op('i32.add').set(result);
        emitAdvance(code, result, start * units * floatBytes);
        for (const sum of used.flat()) code.f32x4(0).set(sum);
        for (const [r, sum] of used.entries()) emitStoreRow(code, result, sum, r * units * floatBytes);
        emitRepeat(code, image, images, () => {
          for (const sum of used.flat()) code.f32x4(0).set(sum);
          emitRepeat(code, row, outputHeight, () => {
            emitRepeat(code, pixel, outputWidth, () => {
              for (const [v, vector] of gradients.entries()) {
                code
                  .get(gradient)
                  .memory('v128.load', v * vectorBytes)
                  .set(vector);
              }
              for (const [r, sum] of used.entries()) {
                code
                  .get(from)
                  .memory('v128.load32_splat', offsets[start + r])
                  .set(spread);
                for (const [v, local] of sum.entries()) {
                  emitMultiplyAdd(
                    code,
                    target,
                    () => code.get(spread),
                    () => code.get(gradients[v]!),
                    () => code.get(local),
                  );
                  code.set(local);
                }
              }
              emitAdvance(code, from, pixelBytes);
              emitAdvance(code, gradient, gradientBytes);
            });
            emitAdvance(code, from, rowBytes - outputWidth * pixelBytes);
          });
          emitAdvance(
            code,
            from,
            paddedHeight * paddedWidth * channels * floatBytes - outputHeight * rowBytes,
          );
          for (const [r, sum] of used.entries()) {
            const offset = r * units * floatBytes;
            for (const [v, local] of sum.entries()) {
              code.get(result).memory('v128.load', offset + v * vectorBytes);
              code.get(local).op('f32x4.add').set(local);
            }
            emitStoreRow(code, result, sum, offset);
          }
        });
      };
      const panels = units / columns;
      emitLoopTo(code, begin, end, 1, () => {
        for (const [index, { start, height }] of tiles.entries()) {
          code
            .get(begin)
            .i32(panels)
            .op('i32.div_u')
            .i32(index)
            .op('i32.eq')
            .if(() => {
              code
                .get(begin)
                .i32(index * panels)
                .op('i32.sub');
              code
                .i32(columns * floatBytes)
                .op('i32.mul')
                .set(panel);
              emitTile(start, height);
            });
        }
      });
      return code;
    },
  };
}

/** Stores vectors side by side, the higher of two first: that is the order that V8 packs. */
function emitStoreRow(code: FunctionBuilder, address: Local, row: readonly Local[], offset: number): void {
  for (let v = 0; v < row.length; v += 2) {
    for (const w of [v + 1, v]) {
      code
        .get(address)
        .get(row[w]!)
        .memory('v128.store', offset + w * vectorBytes);
    }
  }
}

/** result ← how many of the rows before `bound` lie in the tap: between 0 and `channels`. */
function emitPartInTap(
  code: FunctionBuilder,
  bound: Local,
  tap: Local,
  channels: number,
  result: Local,
): void {
  const firstRow = (): FunctionBuilder => code.get(tap).i32(channels).op('i32.mul');
  code.i32(0).set(result).get(bound);
  firstRow()
    .op('i32.gt_u')
    .if(() => {
      code.get(bound);
      firstRow().op('i32.sub').set(result);
      code
        .get(result)
        .i32(channels)
        .op('i32.gt_u')
        .if(() => code.i32(channels).set(result));
    });
}

/**
 * The filter of the way back: rotated[kh−1−ky, kw−1−kx, o, c] = filter[ky, kx, c, o]. The units are its taps.
 * Address parameters: filter, rotated.
 */
export function rotateFilterKernel(taps: number, channels: number, units: number): Kernel {
  const name = `rotateFilter_${taps}_taps_${channels}x${units}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['filter', 'rotated']);
      const [filter, rotated] = addresses as [Local, Local];
      const [from, to, c, o] = ['from', 'to', 'c', 'o'].map((local) => code.local('i32', local)) as [
        Local,
        Local,
        Local,
        Local,
      ];
      const tapBytes = channels * units * floatBytes;
      const unitCount = code.local('i32', 'units');
      code.i32(units).set(unitCount);
      emitLoopTo(code, begin, end, 1, () => {
        code.get(rotated).set(to);
        emitAdvanceBy(code, to, begin, tapBytes);
        code.i32(0).set(o);
        emitLoopTo(code, o, unitCount, 1, () => {
          // row o of the rotated tap is column o of the tap at the mirrored place
          code
            .get(filter)
            .i32(taps - 1)
            .get(begin)
            .op('i32.sub')
            .i32(tapBytes)
            .op('i32.mul')
            .op('i32.add');
          code.get(o).i32(floatBytes).op('i32.mul').op('i32.add').set(from);
          emitRepeat(code, c, channels, () => {
            code.get(to).get(from).memory('f32.load').memory('f32.store');
            emitAdvance(code, from, units * floatBytes);
            emitAdvance(code, to, floatBytes);
          });
        });
      });
      return code;
    },
  };
}

function buildOnce(
  module: ModuleBuilder,
  cache: Map<string, Callable>,
  target: Target,
  part: MatmulPart,
): Callable {
  const kernel = matmulKernel(part, target);
  const built = cache.get(kernel.name) ?? kernel.build(module);
  cache.set(kernel.name, built);
  return built;
}
