/** The gradient of a convolution's filter, as products xᵀ·dy, one for each tap. */
import type { Callable, FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { buildOnce, type ConvSizes, describeConv } from './conv2d.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitRepeat, emitZeros } from './emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from './kernel.ts';
import { planColumns, planDepth } from './matmul-tiles.ts';
import { floatBytes } from './sizes.ts';

/** How the pixels of x and of dy that belong together lie in memory, in bytes. */
export interface FilterWalk {
  /** Sums in one image, and the pixels of one sum, which follow each other in x and in dy. */
  readonly sums: number;
  readonly pixels: number;
  /** From a pixel of x to the next. */
  readonly xPixel: number;
  /** From one sum to the next. */
  readonly xSum: number;
  readonly dySum: number;
  /** From one image to the next. */
  readonly xImage: number;
  readonly dyImage: number;
  /** From the start of an image of dy to its first pixel. */
  readonly dyStart: number;
}

/**
 * dFilter[tap, c, o] = Σ over pixels of x[under the tap, c] · dy[pixel, o]. The items are the rows (tap, c). For one
 * tap and pixels that follow each other, x is a matrix [pixels, c] and dy a matrix [pixels, o], and xᵀ·dy is added to
 * the rows of the tap. Addresses: images, dy, dFilter.
 */
export function conv2dFilterKernel(
  sizes: ConvSizes,
  walk: FilterWalk,
  images: number,
  rowCounts: readonly number[],
  target: Target,
): Kernel {
  const { channels, kernelHeight, kernelWidth, filters } = sizes;
  const counts = [...new Set(rowCounts)].toSorted((a, b) => a - b);
  const name =
    `conv2dFilter_${describeConv(sizes)}_of_${images}_in_${walk.sums}_sums_of_${walk.pixels}` +
    `_rows_${counts.join('+')}${targetSuffix(target)}`;
  const pixelBytes = channels * floatBytes;
  const rowBytes = sizes.paddedWidth * pixelBytes;
  const tapBytes = channels * filters * floatBytes;
  return {
    name,
    build(module) {
      const cache = new Map<string, Callable>();
      const calls = planDepth(walk.pixels).flatMap(({ start, depth }) =>
        planColumns(filters, target).map(({ start: column, columns, panels }) => ({
          a: start * walk.xPixel,
          b: walk.dyStart + (start * filters + column) * floatBytes,
          c: column * floatBytes,
          callee: buildOnce(module, cache, target, {
            layout: {
              aRow: floatBytes,
              aStep: walk.xPixel,
              bStep: filters * floatBytes,
              bPanel: columns * floatBytes,
              bPadded: false,
              cRow: filters * floatBytes,
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
            emitAdvanceBy(code, zero, tapBegin, filters * floatBytes);
            code.get(dFilter).set(zeroEnd);
            emitAdvanceBy(code, zeroEnd, tapEnd, filters * floatBytes);
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

/** result ← how many of the rows before `bound` lie in the tap, from 0 to `channels`. */
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
