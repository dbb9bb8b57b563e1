/**
 * Convolution on padded images as products of matrices, without copies of the windows.
 *
 * Take one row of output pixels and one row ky of the filter. Each output pixel needs kw · c neighbouring floats of the
 * image, and the next one needs those strideX · c floats further:
 *
 *     a row of the image    x x x x x x x x x x x x
 *     output pixel 0        └─────────┘                 kw · c floats
 *     output pixel 1            └─────────┘
 *     output pixel 2                └─────────┘
 *
 * This is a matrix A [ow, kw·c] whose rows overlap in memory. The filter's row is a matrix B [kw·c, o]. So
 *
 *     y[row of pixels] = Σ over ky of A(ky) · B(ky)
 *
 * The kernel of matmul computes these kh products, each added to the one before, and adds bias and ReLU in the last.
 */
import type { Callable, Local } from '../assembler/function-builder.ts';
import type { ModuleBuilder } from '../assembler/module-builder.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitRepeat } from './emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from './kernel.ts';
import { type Epilogue, matmulKernel, type MatmulPart } from './matmul.ts';
import { planColumns, planDepth } from './matmul-tiles.ts';
import type { PoolSizes } from './pool.ts';
import { floatBytes } from './sizes.ts';

/** Sizes of a convolution on padded images. */
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
  readonly filters: number;
}

/** For the names of kernels. */
export function describeConv(sizes: ConvSizes): string {
  const { paddedHeight, paddedWidth, channels, kernelHeight, kernelWidth, strideY, strideX, filters } = sizes;
  return `${paddedHeight}x${paddedWidth}x${channels}_by_${kernelHeight}x${kernelWidth}x${filters}_stride_${strideY}_${strideX}`;
}

/**
 * Longest window, in numbers, whose sum is unrolled: those of images with one to a few channels. If such a sum went row
 * by row of the filter, most of the time would go into loading and storing y.
 */
export const maxUnrolled = 32;

/** Where the numbers under a window lie, in bytes from its first one, in the order of the filter's rows. */
export function windowOffsets({ paddedWidth, channels, kernelHeight, kernelWidth }: ConvSizes): number[] {
  const rowFloats = kernelWidth * channels;
  return Array.from({ length: kernelHeight * rowFloats }, (_, p) => {
    const ky = Math.floor(p / rowFloats);
    return (ky * paddedWidth * channels + (p % rowFloats)) * floatBytes;
  });
}

/** From the first pixel of a pool's window to the one at a place, in bytes of the images under the convolution. */
export function placeOffset(sizes: ConvSizes, { width }: PoolSizes, place: number): number {
  const [y, x] = [Math.floor(place / width), place % width];
  return (y * sizes.strideY * sizes.paddedWidth + x * sizes.strideX) * sizes.channels * floatBytes;
}

/** y = convolution, then the epilogue. The items are images. Addresses: images, filter, y, bias. */
export function conv2dKernel(sizes: ConvSizes, epilogue: Epilogue, target: Target): Kernel {
  const { channels, kernelHeight, kernelWidth, strideY, strideX, outputHeight, outputWidth, filters } = sizes;
  const name = `conv2d_${describeConv(sizes)}_${epilogue}${targetSuffix(target)}`;
  const rowBytes = sizes.paddedWidth * channels * floatBytes;
  const rowFloats = kernelWidth * channels;
  const isUnrolled = kernelHeight * rowFloats <= maxUnrolled;
  const layout = {
    aRow: strideX * channels * floatBytes,
    aStep: floatBytes,
    bStep: filters * floatBytes,
    bPadded: false,
    cRow: filters * floatBytes,
    ...(isUnrolled ? { aOffsets: windowOffsets(sizes) } : {}),
  };
  return {
    name,
    build(module) {
      const blocks = isUnrolled
        ? [{ ky: 0, start: 0, depth: kernelHeight * rowFloats }]
        : Array.from({ length: kernelHeight }, (_, ky) =>
            planDepth(rowFloats).map(({ start, depth }) => ({ ky, start, depth })),
          ).flat();
      const cache = new Map<string, Callable>();
      const calls = blocks.flatMap(({ ky, start, depth }, index) =>
        planColumns(filters, target).map(({ start: column, columns, panels }) => ({
          a: ky * rowBytes + start * floatBytes,
          b: ((ky * kernelWidth * channels + start) * filters + column) * floatBytes,
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
      const outputRowBytes = outputWidth * filters * floatBytes;
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

/**
 * The filter for dx: rotated[kh−1−ky, kw−1−kx, o, c] = filter[ky, kx, c, o]. The items are its taps. Addresses: filter,
 * rotated.
 */
export function rotateFilterKernel(taps: number, channels: number, filters: number): Kernel {
  const name = `rotateFilter_${taps}_taps_${channels}x${filters}`;
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
      const tapBytes = channels * filters * floatBytes;
      const filterCount = code.local('i32', 'filters');
      code.i32(filters).set(filterCount);
      emitLoopTo(code, begin, end, 1, () => {
        code.get(rotated).set(to);
        emitAdvanceBy(code, to, begin, tapBytes);
        code.i32(0).set(o);
        emitLoopTo(code, o, filterCount, 1, () => {
          // row o of a rotated tap is column o of the tap at the opposite place
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
            emitAdvance(code, from, filters * floatBytes);
            emitAdvance(code, to, floatBytes);
          });
        });
      });
      return code;
    },
  };
}

/** The function for a part of a product; it is built where it is first needed. */
export function buildOnce(
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
