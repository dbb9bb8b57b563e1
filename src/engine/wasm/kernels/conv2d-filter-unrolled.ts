import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { type ConvSizes, describeConv, maxUnrolled, windowOffsets } from './conv2d.ts';
import { emitAdvance, emitLoopTo, emitMultiplyAdd, emitRepeat, vectorLocals } from './emit.ts';
import { floatBytes, lanes, vectorBytes } from './sizes.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from './kernel.ts';
import { planRows, tileColumns } from './matmul-tiles.ts';

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

/** Whether the gradient of a filter is computed by `conv2dFilterUnrolledKernel`, and in how many filters. */
export function unrolledItems(sizes: ConvSizes, target: Target): number | null {
  const rows = sizes.kernelHeight * sizes.kernelWidth * sizes.channels;
  if (rows > maxUnrolled || sizes.filters % tileColumns(target) !== 0) return null;
  return windowTiles(sizes).length * (sizes.filters / tileColumns(target));
}

/**
 * dFilter where a window has few numbers, as on images of one channel: each number under the window is a row of
 * a tile, so that a row of dy is loaded once for several taps. The items are pairs of a tile of rows and a panel
 * of columns. Sums run over the pixels of an image, and are added up over the images. Addresses: images, dy,
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
