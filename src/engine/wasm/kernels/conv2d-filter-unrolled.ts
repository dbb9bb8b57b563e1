import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { type ConvSizes, describeConv, maxUnrolled, windowOffsets } from './conv2d.ts';
import { emitAdvance, emitLoopTo, emitMultiplyAdd, emitRepeat, vectorLocals } from './emit.ts';
import { floatBytes, lanes, vectorBytes } from './sizes.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from './kernel.ts';
import { planRows, tileColumns } from './matmul-tiles.ts';

/** The tiles of rows (tap, channel) that cover the window of a filter. */
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

/** The number of items of `conv2dFilterUnrolledKernel`; null where the kernel does not apply. */
export function unrolledItems(sizes: ConvSizes, target: Target): number | null {
  const rows = sizes.kernelHeight * sizes.kernelWidth * sizes.channels;
  if (rows > maxUnrolled || sizes.filters % tileColumns(target) !== 0) return null;
  return windowTiles(sizes).length * (sizes.filters / tileColumns(target));
}

/**
 * dFilter where a window has few numbers, as on images of one channel. Each number under the window is a row of a tile,
 * so that a row of dy is loaded once for several taps. An item is a rectangle of dFilter: a tile of rows in a panel of
 * columns. Each sum runs over the pixels of one image; the sums of the images are then added. Addresses: images, dy,
 * dFilter.
 */
export function conv2dFilterUnrolledKernel(sizes: ConvSizes, images: number, target: Target): Kernel {
  const { channels, strideY, strideX, outputHeight, outputWidth, filters, paddedHeight, paddedWidth } = sizes;
  const name = `conv2dFilterUnrolled_${describeConv(sizes)}_of_${images}${targetSuffix(target)}`;
  const offsets = windowOffsets(sizes);
  const columns = tileColumns(target);
  const tiles = windowTiles(sizes);
  const pixelBytes = strideX * channels * floatBytes;
  const rowBytes = strideY * paddedWidth * channels * floatBytes;
  const gradientBytes = filters * floatBytes;
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
        emitAdvance(code, result, start * filters * floatBytes);
        for (const sum of used.flat()) code.f32x4(0).set(sum);
        for (const [r, sum] of used.entries()) emitStoreRow(code, result, sum, r * filters * floatBytes);
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
            const offset = r * filters * floatBytes;
            for (const [v, local] of sum.entries()) {
              code.get(result).memory('v128.load', offset + v * vectorBytes);
              code.get(local).op('f32x4.add').set(local);
            }
            emitStoreRow(code, result, sum, offset);
          }
        });
      };
      const panels = filters / columns;
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

/** Stores neighbouring vectors. Of each pair, the upper half is stored first: V8 packs them in that order. */
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
