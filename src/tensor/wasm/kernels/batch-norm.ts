/**
 * Batch normalization. Arrays are [images, rows, channels]: the rows are the pixels of an image, and there is one
 * if x has no image dimensions. What is summed over a batch is summed over each image first, by the thread that
 * made the image, and then over the images, by the thread that has the channel: always in the same order.
 */
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import {
  type ChannelGroup,
  emitChannelGroups,
  emitColumnGroups,
  emitEachRow,
  emitLoadVector,
  emitStoreGroup,
} from './channels.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitMultiplyAdd, floatBytes, vectorLocals } from './emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from './kernel.ts';
import { streamKernel } from './stream.ts';

/** Rows of an image and channels. */
export interface ChannelSizes {
  readonly rows: number;
  readonly channels: number;
}

/**
 * Σ x and Σ (x − mean of the image)² over the rows of each image, in two passes: for the second the image is in the
 * cache. The units are images. Addresses: x, sums [images, channels], squares [images, channels].
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
          for (const values of [sum, square]) zeroGroup(code, group, values);
          emitEachRow(code, { rows, channels }, [x], ([pixel]) => addGroup(code, pixel!, group, sum));
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
 * The units are channels. Addresses: sums, squares, mean [channels], variance [channels].
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
        for (const values of [mean, within, between]) zeroGroup(code, group, values);
        emitEachRow(code, { rows: images, channels }, [sums], ([from]) => addGroup(code, from!, group, mean));
        for (let v = 0; v < group.vectors; v++) {
          code.get(mean[v]!).f32x4(m).op('f32x4.div').set(mean[v]!);
        }
        emitEachRow(code, { rows: images, channels }, [sums, squares], ([sum, square]) => {
          addGroup(code, square!, group, within);
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
export function updateAverageKernel(unitSize: number, momentum: number, target: Target): Kernel {
  return streamKernel({
    name: `updateAverage_${unitSize}_by_${momentum}${targetSuffix(target)}`,
    inputs: ['average', 'x'],
    outputs: ['result'],
    unitSize,
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

/** scale = gamma / √(variance + ε). The units are channels. Addresses: gamma, variance, scale. */
export function normScaleKernel(epsilon: number): Kernel {
  return streamKernel({
    name: `normScale_${epsilon}`,
    inputs: ['gamma', 'variance'],
    outputs: ['scale'],
    unitSize: 1,
    body(code, [gamma, variance], [scale]) {
      code.get(gamma!);
      emitDeviation(code, variance!, epsilon);
      code.op('f32x4.div').set(scale!);
    },
  });
}

/** y = (x − mean) · scale + beta. The units are images. Addresses: x, y, mean, scale, beta. */
export function batchNormKernel({ rows, channels }: ChannelSizes, target: Target): Kernel {
  const name = `batchNorm_${rows}x${channels}${targetSuffix(target)}`;
  const widest = 8;
  return {
    name,
    build(module) {
      const names = ['x', 'y', 'mean', 'scale', 'beta'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [x, y, ...channelPointers] = addresses as [Local, Local, ...Local[]];
      const [mean, scale, beta] = names.slice(2).map((local) => vectorLocals(code, local, widest));
      const result = vectorLocals(code, 'result', widest);
      for (const pointer of [x, y]) emitAdvanceBy(code, pointer, begin, rows * channels * floatBytes);
      emitLoopTo(code, begin, end, 1, () => {
        emitChannelGroups(code, { channels, widest }, addresses, (group) => {
          for (const [index, values] of [mean, scale, beta].entries()) {
            loadGroup(code, channelPointers[index]!, group, values!);
          }
          emitEachRow(code, { rows, channels }, [x, y], ([from, to]) => {
            for (let v = 0; v < group.vectors; v++) {
              emitMultiplyAdd(
                code,
                target,
                () => {
                  emitLoadVector(code, from!, group, v);
                  code.get(mean![v]!).op('f32x4.sub');
                },
                () => code.get(scale![v]!),
                () => code.get(beta![v]!),
              );
              code.set(result[v]!);
            }
            emitStoreGroup(code, to!, group, result);
          });
        });
        for (const pointer of [x, y]) emitAdvance(code, pointer, (rows - 1) * channels * floatBytes);
        for (const pointer of channelPointers) emitAdvance(code, pointer, -channels * floatBytes);
      });
      return code;
    },
  };
}

/**
 * Σ dy and Σ (x − mean) · dy over the rows of each image. Products are rounded before they are added, as the plain
 * loops do: behind these layers there may be one that makes the sum 0 but for rounding. The units are images.
 * Addresses: x, dy, mean, sums [images, channels], products [images, channels].
 */
export function imageGradientsKernel({ rows, channels }: ChannelSizes): Kernel {
  const name = `imageGradients_${rows}x${channels}`;
  const widest = 8;
  return {
    name,
    build(module) {
      const names = ['x', 'dy', 'mean', 'sums', 'products'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [x, dy, meanIn, sums, products] = addresses as [Local, Local, Local, Local, Local];
      const [mean, sum, product] = ['mean', 'sum', 'product'].map((local) =>
        vectorLocals(code, local, widest),
      ) as [Local[], Local[], Local[]];
      const gradient = code.local('v128', 'gradient');
      for (const pointer of [x, dy]) emitAdvanceBy(code, pointer, begin, rows * channels * floatBytes);
      for (const pointer of [sums, products]) emitAdvanceBy(code, pointer, begin, channels * floatBytes);
      emitLoopTo(code, begin, end, 1, () => {
        emitChannelGroups(code, { channels, widest }, addresses, (group) => {
          loadGroup(code, meanIn, group, mean);
          for (const values of [sum, product]) zeroGroup(code, group, values);
          emitEachRow(code, { rows, channels }, [x, dy], ([pixel, gradientPixel]) => {
            for (let v = 0; v < group.vectors; v++) {
              emitLoadVector(code, gradientPixel!, group, v);
              code.tee(gradient).get(sum[v]!).op('f32x4.add').set(sum[v]!);
              emitLoadVector(code, pixel!, group, v);
              code.get(mean[v]!).op('f32x4.sub').get(gradient).op('f32x4.mul');
              code.get(product[v]!).op('f32x4.add').set(product[v]!);
            }
          });
          emitStoreGroup(code, sums, group, sum);
          emitStoreGroup(code, products, group, product);
        });
        for (const pointer of [x, dy]) emitAdvance(code, pointer, (rows - 1) * channels * floatBytes);
        emitAdvance(code, meanIn, -channels * floatBytes);
      });
      return code;
    },
  };
}

/**
 * dBeta = Σ sums and dGamma = (Σ products) / √(variance + ε) over the images. The units are channels.
 * Addresses: sums, products, variance, dGamma, dBeta.
 */
export function batchGradientsKernel(
  images: number,
  { channels }: Pick<ChannelSizes, 'channels'>,
  epsilon: number,
): Kernel {
  const name = `batchGradients_${images}x${channels}_${epsilon}`;
  const widest = 8;
  return {
    name,
    build(module) {
      const names = ['sums', 'products', 'variance', 'dGamma', 'dBeta'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [sums, products, varianceIn, dGamma, dBeta] = addresses as [Local, Local, Local, Local, Local];
      const [sum, product] = [vectorLocals(code, 'sum', widest), vectorLocals(code, 'product', widest)];
      const variance = code.local('v128', 'variance');
      for (const pointer of addresses) emitAdvanceBy(code, pointer, begin, floatBytes);
      emitColumnGroups(code, { begin, end, widest }, addresses, (group) => {
        for (const values of [sum, product]) zeroGroup(code, group, values);
        emitEachRow(code, { rows: images, channels }, [sums, products], (pointers) => {
          for (const [index, values] of [sum, product].entries()) {
            addGroup(code, pointers[index]!, group, values);
          }
        });
        for (let v = 0; v < group.vectors; v++) {
          emitLoadVector(code, varianceIn, group, v);
          code.set(variance).get(product[v]!);
          emitDeviation(code, variance, epsilon);
          code.op('f32x4.div').set(product[v]!);
        }
        emitStoreGroup(code, dGamma, group, product);
        emitStoreGroup(code, dBeta, group, sum);
      });
      return code;
    },
  };
}

/**
 * The coefficients of dx = a · (dy − average) + b · (x − mean), from the m rows of the whole batch:
 *
 *     a = gamma / √(variance + ε)     b = −a · dGamma / (m · √(variance + ε))     average = dBeta / m
 *
 * The units are channels. Addresses: gamma, variance, dGamma, dBeta, a, b, average.
 */
export function normBackwardCoefficientsKernel(m: number, epsilon: number): Kernel {
  return streamKernel({
    name: `normBackwardCoefficients_${m}_${epsilon}`,
    inputs: ['gamma', 'variance', 'dGamma', 'dBeta'],
    outputs: ['a', 'b', 'average'],
    unitSize: 1,
    body(code, [gamma, variance, dGamma, dBeta], [a, b, average]) {
      code.get(gamma!);
      emitDeviation(code, variance!, epsilon);
      code.op('f32x4.div').set(a!);
      code.get(a!).f32x4(-m).op('f32x4.div').get(dGamma!).op('f32x4.mul');
      emitDeviation(code, variance!, epsilon);
      code.op('f32x4.div').set(b!);
      code.get(dBeta!).f32x4(m).op('f32x4.div').set(average!);
    },
  });
}

/** dx = a · (dy − average) + b · (x − mean). The units are images. Addresses: x, dy, dx, mean, a, b, average. */
export function batchNormBackwardInputKernel({ rows, channels }: ChannelSizes, target: Target): Kernel {
  const name = `batchNormBackwardInput_${rows}x${channels}${targetSuffix(target)}`;
  // four numbers for each channel stay in registers
  const widest = 4;
  return {
    name,
    build(module) {
      const names = ['x', 'dy', 'dx', 'mean', 'a', 'b', 'average'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [rowPointers, channelPointers] = [addresses.slice(0, 3), addresses.slice(3)];
      const coefficients = names.slice(3).map((local) => vectorLocals(code, local, widest));
      const [mean, a, b, average] = coefficients as [Local[], Local[], Local[], Local[]];
      const result = vectorLocals(code, 'result', widest);
      for (const pointer of rowPointers) emitAdvanceBy(code, pointer, begin, rows * channels * floatBytes);
      emitLoopTo(code, begin, end, 1, () => {
        emitChannelGroups(code, { channels, widest }, addresses, (group) => {
          for (const [index, values] of coefficients.entries()) {
            loadGroup(code, channelPointers[index]!, group, values);
          }
          emitEachRow(code, { rows, channels }, rowPointers, ([x, dy, dx]) => {
            for (let v = 0; v < group.vectors; v++) {
              emitMultiplyAdd(
                code,
                target,
                () => {
                  emitLoadVector(code, dy!, group, v);
                  code.get(average[v]!).op('f32x4.sub');
                },
                () => code.get(a[v]!),
                () => {
                  emitLoadVector(code, x!, group, v);
                  code.get(mean[v]!).op('f32x4.sub').get(b[v]!).op('f32x4.mul');
                },
              );
              code.set(result[v]!);
            }
            emitStoreGroup(code, dx!, group, result);
          });
        });
        for (const pointer of rowPointers) emitAdvance(code, pointer, (rows - 1) * channels * floatBytes);
        for (const pointer of channelPointers) emitAdvance(code, pointer, -channels * floatBytes);
      });
      return code;
    },
  };
}

function loadGroup(
  code: FunctionBuilder,
  pointer: Local,
  group: ChannelGroup,
  values: readonly Local[],
): void {
  for (let v = 0; v < group.vectors; v++) {
    emitLoadVector(code, pointer, group, v);
    code.set(values[v]!);
  }
}

function zeroGroup(code: FunctionBuilder, { vectors }: ChannelGroup, values: readonly Local[]): void {
  for (const value of values.slice(0, vectors)) code.f32x4(0).set(value);
}

/** Adds the vectors at an address to `sums`. */
function addGroup(code: FunctionBuilder, pointer: Local, group: ChannelGroup, sums: readonly Local[]): void {
  for (let v = 0; v < group.vectors; v++) {
    code.get(sums[v]!);
    emitLoadVector(code, pointer, group, v);
    code.op('f32x4.add').set(sums[v]!);
  }
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

/** Leaves √(variance + ε) on the stack. */
function emitDeviation(code: FunctionBuilder, variance: Local, epsilon: number): void {
  code.get(variance).f32x4(epsilon).op('f32x4.add').op('f32x4.sqrt');
}
