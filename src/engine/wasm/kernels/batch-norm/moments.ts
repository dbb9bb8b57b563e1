/**
 * Batch normalization: mean and variance of a batch. Arrays are [images, rows, channels]. The rows are the pixels of an
 * image; there is one row if x has no image dimensions. A sum over the batch goes over each image first, on the thread
 * that computed the image, and then over the images, on the thread that has the channel. So its order is always the
 * same.
 */
import type { FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import {
  emitAddGroup,
  emitChannelGroups,
  emitColumnGroups,
  emitEachRow,
  emitLoadVector,
  emitStoreGroup,
  emitZeroGroup,
} from '../channels.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitMultiplyAdd, vectorLocals } from '../emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from '../kernel.ts';
import { floatBytes } from '../sizes.ts';
import { streamKernel } from '../stream.ts';

/** Rows of an image and channels. */
export interface ChannelSizes {
  readonly rows: number;
  readonly channels: number;
}

/**
 * Σ x and Σ (x − mean of the image)² over the rows of each image, in two passes; in the second, the image is in the
 * cache. The items are images. Addresses: x, sums [images, channels], squares [images, channels].
 */
export function imageMomentsKernel({ rows, channels }: ChannelSizes, target: Target): Kernel {
  const name = `imageMoments_${rows}x${channels}${targetSuffix(target)}`;
  const widest = 8;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['x', 'sums', 'squares']);
      const [x, sums, squares] = addresses as [Local, Local, Local];
      const [sum, mean, square] = ['sum', 'mean', 'square'].map((local) =>
        vectorLocals(code, local, widest),
      ) as [Local[], Local[], Local[]];
      const difference = code.local('v128', 'difference');
      emitAdvanceBy(code, x, begin, rows * channels * floatBytes);
      for (const pointer of [sums, squares]) emitAdvanceBy(code, pointer, begin, channels * floatBytes);
      emitLoopTo(code, begin, end, 1, () => {
        emitChannelGroups(code, { channels, widest }, addresses, (group) => {
          for (const values of [sum, square]) emitZeroGroup(code, group, values);
          emitEachRow(code, { rows, channels }, [x], ([pixel]) => emitAddGroup(code, pixel!, group, sum));
          emitStoreGroup(code, sums, group, sum);
          for (let v = 0; v < group.vectors; v++) {
            code.get(sum[v]!).f32x4(rows).op('f32x4.div').set(mean[v]!);
          }
          emitEachRow(code, { rows, channels }, [x], ([pixel]) => {
            for (let v = 0; v < group.vectors; v++) {
              emitLoadVector(code, pixel!, group, v);
              code.get(mean[v]!).op('f32x4.sub').set(difference);
              emitAddProduct(code, target, difference, difference, square[v]!);
            }
          });
          emitStoreGroup(code, squares, group, square);
        });
        emitAdvance(code, x, (rows - 1) * channels * floatBytes);
      });
      return code;
    },
  };
}

/**
 * The mean and variance of a batch from the sums and squares of its images, as Chan, Golub and LeVeque merge them
 * ("Updating formulae and a pairwise algorithm for computing sample variances", 1979). For images of r rows each,
 *
 *     mean = Σ sums / m     variance = Σ (squares + r · (sums / r − mean)²) / m     with m = images · r
 *
 * The items are channels. Addresses: sums, squares, mean [channels], variance [channels].
 */
export function batchMomentsKernel(images: number, { rows, channels }: ChannelSizes, target: Target): Kernel {
  const name = `batchMoments_${images}x${rows}x${channels}${targetSuffix(target)}`;
  const widest = 8;
  return {
    name,
    build(module) {
      const names = ['sums', 'squares', 'mean', 'variance'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [sums, squares, meanOut, varianceOut] = addresses as [Local, Local, Local, Local];
      const [mean, within, between] = ['mean', 'within', 'between'].map((local) =>
        vectorLocals(code, local, widest),
      ) as [Local[], Local[], Local[]];
      const difference = code.local('v128', 'difference');
      const m = images * rows;
      for (const pointer of addresses) emitAdvanceBy(code, pointer, begin, floatBytes);
      emitColumnGroups(code, { begin, end, widest }, addresses, (group) => {
        for (const values of [mean, within, between]) emitZeroGroup(code, group, values);
        emitEachRow(code, { rows: images, channels }, [sums], ([from]) =>
          emitAddGroup(code, from!, group, mean),
        );
        for (let v = 0; v < group.vectors; v++) {
          code.get(mean[v]!).f32x4(m).op('f32x4.div').set(mean[v]!);
        }
        emitEachRow(code, { rows: images, channels }, [sums, squares], ([sum, square]) => {
          emitAddGroup(code, square!, group, within);
          for (let v = 0; v < group.vectors; v++) {
            emitLoadVector(code, sum!, group, v);
            code.f32x4(rows).op('f32x4.div').get(mean[v]!).op('f32x4.sub').set(difference);
            emitAddProduct(code, target, difference, difference, between[v]!);
          }
        });
        for (let v = 0; v < group.vectors; v++) {
          code.get(within[v]!).get(between[v]!).f32x4(rows).op('f32x4.mul').op('f32x4.add');
          code.f32x4(m).op('f32x4.div').set(within[v]!);
        }
        emitStoreGroup(code, meanOut, group, mean);
        emitStoreGroup(code, varianceOut, group, within);
      });
      return code;
    },
  };
}

/** average ← momentum · average + (1 − momentum) · x. Addresses: average, x, average. */
export function updateAverageKernel(itemSize: number, momentum: number, target: Target): Kernel {
  return streamKernel({
    name: `updateAverage_${itemSize}_by_${momentum}${targetSuffix(target)}`,
    inputs: ['average', 'x'],
    outputs: ['result'],
    itemSize,
    body(code, [average, x], [result]) {
      emitMultiplyAdd(
        code,
        target,
        () => code.f32x4(1 - momentum),
        () => code.get(x!),
        () => code.get(average!).f32x4(momentum).op('f32x4.mul'),
      );
      code.set(result!);
    },
  });
}

/** sum ← sum + a · b. */
function emitAddProduct(code: FunctionBuilder, target: Target, a: Local, b: Local, sum: Local): void {
  emitMultiplyAdd(
    code,
    target,
    () => code.get(a),
    () => code.get(b),
    () => code.get(sum),
  );
  code.set(sum);
}
