/** Batch normalization, backward: first two sums over the batch, image by image, then dx of each pixel. */
import type { Local } from '../../assembler/function-builder.ts';
import {
  emitAddGroup,
  emitChannelGroups,
  emitColumnGroups,
  emitEachRow,
  emitLoadGroup,
  emitLoadVector,
  emitStoreGroup,
  emitZeroGroup,
} from '../channels.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitMultiplyAdd, vectorLocals } from '../emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from '../kernel.ts';
import { floatBytes } from '../sizes.ts';
import { streamKernel } from '../stream.ts';
import type { ChannelSizes } from './moments.ts';
import { emitDeviation } from './normalize.ts';

/**
 * Σ dy and Σ (x − mean) · dy over the rows of each image. Products are rounded before they are added, as in the
 * reference: where a later layer makes the exact sum 0, only rounding errors remain, and they must be the same. The
 * items are images. Addresses: x, dy, mean, sums [images, channels], products [images, channels].
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
          emitLoadGroup(code, meanIn, group, mean);
          for (const values of [sum, product]) emitZeroGroup(code, group, values);
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
 * dBeta = Σ sums and dGamma = (Σ products) / √(variance + ε) over the images. The items are channels.
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
        for (const values of [sum, product]) emitZeroGroup(code, group, values);
        emitEachRow(code, { rows: images, channels }, [sums, products], (pointers) => {
          for (const [index, values] of [sum, product].entries()) {
            emitAddGroup(code, pointers[index]!, group, values);
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
 * The items are channels. Addresses: gamma, variance, dGamma, dBeta, a, b, average.
 */
export function normBackwardCoefficientsKernel(m: number, epsilon: number): Kernel {
  return streamKernel({
    name: `normBackwardCoefficients_${m}_${epsilon}`,
    inputs: ['gamma', 'variance', 'dGamma', 'dBeta'],
    outputs: ['a', 'b', 'average'],
    itemSize: 1,
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

/** dx = a · (dy − average) + b · (x − mean). The items are images. Addresses: x, dy, dx, mean, a, b, average. */
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
            emitLoadGroup(code, channelPointers[index]!, group, values);
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
