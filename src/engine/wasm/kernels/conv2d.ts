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
import type { Callable, Local } from '../assembler/function-builder.ts';
import type { ModuleBuilder } from '../assembler/module-builder.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitRepeat } from './emit.ts';
import { floatBytes } from './sizes.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from './kernel.ts';
import { type Epilogue, matmulKernel, type MatmulPart } from './matmul.ts';
import { planColumns, planDepth } from './matmul-tiles.ts';

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
  readonly filters: number;
}

/** For the names of kernels. */
export function describeConv(sizes: ConvSizes): string {
  const { paddedHeight, paddedWidth, channels, kernelHeight, kernelWidth, strideY, strideX, filters } = sizes;
  return `${paddedHeight}x${paddedWidth}x${channels}_by_${kernelHeight}x${kernelWidth}x${filters}_stride_${strideY}_${strideX}`;
}

/**
 * Longest sum that is written out instead of looped over: a whole window of an image of one to a few channels.
 * Row by row of the filter, such sums are so short that most of the time goes into loading and storing y.
 */
export const maxUnrolled = 32;

/** Where the numbers under a window lie, from its first one, in the order of the filter's rows. */
export function windowOffsets({ paddedWidth, channels, kernelHeight, kernelWidth }: ConvSizes): number[] {
  const rowFloats = kernelWidth * channels;
  return Array.from({ length: kernelHeight * rowFloats }, (_, p) => {
    const ky = Math.floor(p / rowFloats);
    return (ky * paddedWidth * channels + (p % rowFloats)) * floatBytes;
  });
}

/** y = convolution + epilogue; the items are images. Address parameters: images, filter, y, bias. */
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
 * The filter of the way back: rotated[kh−1−ky, kw−1−kx, o, c] = filter[ky, kx, c, o]. The items are its taps.
 * Address parameters: filter, rotated.
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
            emitAdvance(code, from, filters * floatBytes);
            emitAdvance(code, to, floatBytes);
          });
        });
      });
      return code;
    },
  };
}

/** The kernel of a part of a product, built where it is needed first. */
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
