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
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitRepeat, emitZeros, floatBytes } from './emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from './kernel.ts';
import { type Epilogue, matmulKernel, type MatmulPart, planColumns, planDepth } from './matmul.ts';

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

/** y = convolution + epilogue; the units are images. Address parameters: images, filter, y, bias. */
export function conv2dKernel(sizes: ConvSizes, epilogue: Epilogue, target: Target): Kernel {
  const { channels, kernelHeight, kernelWidth, strideY, strideX, outputHeight, outputWidth, units } = sizes;
  const name = `conv2d_${describe(sizes)}_${epilogue}${targetSuffix(target)}`;
  const rowBytes = sizes.paddedWidth * channels * floatBytes;
  const layout = {
    aRow: strideX * channels * floatBytes,
    aStep: floatBytes,
    bStep: units * floatBytes,
    bPadded: false,
    cRow: units * floatBytes,
  };
  return {
    name,
    build(module) {
      const blocks = Array.from({ length: kernelHeight }, (_, ky) =>
        planDepth(kernelWidth * channels).map(({ start, depth }) => ({ ky, start, depth })),
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
