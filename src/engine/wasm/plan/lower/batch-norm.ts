import type { Tensor } from '../../../../tensor/tensor.ts';
import {
  batchGradientsKernel,
  batchNormBackwardInputKernel,
  imageGradientsKernel,
  normBackwardCoefficientsKernel,
} from '../../kernels/batch-norm/backward.ts';
import {
  batchMomentsKernel,
  type ChannelSizes,
  imageMomentsKernel,
} from '../../kernels/batch-norm/moments.ts';
import { batchNormKernel, normScaleKernel } from '../../kernels/batch-norm/normalize.ts';
import { call, task } from '../task.ts';
import { type LoweringTable, temporary } from './lowering.ts';

type BatchNormKind = 'batchMoments' | 'batchNorm' | 'batchNormBackwardParameters' | 'batchNormBackwardInput';

/** Batch normalization: one task divided by images, and one divided by channels, in either order. */
export const batchNormLowerings: LoweringTable<BatchNormKind> = {
  /** Sums and squares of each image, then the moments of the batch. */
  batchMoments(operation, { target }) {
    const { x } = operation.inputs;
    const { mean, variance } = operation.outputs;
    const { images, sizes } = sizesOf(x, mean);
    const sums = temporary(images * sizes.channels);
    const squares = temporary(images * sizes.channels);
    return [
      task({
        name: `moments of images ${x.shape.join('×')}`,
        items: images,
        calls: [call(imageMomentsKernel(sizes, target), [x, sums, squares])],
        own: [x],
        writes: [sums, squares],
      }),
      task({
        name: `batchMoments ${sizes.channels}`,
        items: sizes.channels,
        calls: [call(batchMomentsKernel(images, sizes, target), [sums, squares, mean, variance])],
        shared: [x, sums, squares],
        writes: [mean, variance],
        operations: [operation],
      }),
    ];
  },

  /** gamma and the variance become one number for each channel; then one pass over x. */
  batchNorm(operation, { target }) {
    const { x, mean, variance, gamma, beta } = operation.inputs;
    const { y } = operation.outputs;
    const { images, sizes } = sizesOf(x, mean);
    const scale = temporary(sizes.channels);
    return [
      task({
        name: `scale of channels ${sizes.channels}`,
        items: sizes.channels,
        calls: [call(normScaleKernel(operation.constants.epsilon), [gamma, variance, scale])],
        own: [gamma, variance],
        writes: [scale],
      }),
      task({
        name: `batchNorm ${x.shape.join('×')}`,
        items: images,
        calls: [call(batchNormKernel(sizes, target), [x, y, mean, scale, beta])],
        own: [x],
        shared: [mean, variance, gamma, beta, scale],
        writes: [y],
        operations: [operation],
      }),
    ];
  },

  /** Sums over each image, then over the batch. */
  batchNormBackwardParameters(operation) {
    const { x, dy, mean, variance } = operation.inputs;
    const { dGamma, dBeta } = operation.outputs;
    const { images, sizes } = sizesOf(x, mean);
    const sums = temporary(images * sizes.channels);
    const products = temporary(images * sizes.channels);
    const batchKernel = batchGradientsKernel(images, sizes, operation.constants.epsilon);
    return [
      task({
        name: `gradients of images ${x.shape.join('×')}`,
        items: images,
        calls: [call(imageGradientsKernel(sizes), [x, dy, mean, sums, products])],
        own: [x, dy],
        shared: [mean],
        writes: [sums, products],
      }),
      task({
        name: `batchNorm dgamma, dbeta ${sizes.channels}`,
        items: sizes.channels,
        calls: [call(batchKernel, [sums, products, variance, dGamma, dBeta])],
        own: [variance],
        shared: [x, dy, mean, sums, products],
        writes: [dGamma, dBeta],
        operations: [operation],
      }),
    ];
  },

  /** Three numbers for each channel; then one pass over x and dy. */
  batchNormBackwardInput(operation, { target }) {
    const { x, dy, mean, variance, gamma, dGamma, dBeta } = operation.inputs;
    const { dx } = operation.outputs;
    const { images, sizes } = sizesOf(x, mean);
    const coefficients = [temporary(sizes.channels), temporary(sizes.channels), temporary(sizes.channels)];
    const { epsilon } = operation.constants;
    const coefficientsKernel = normBackwardCoefficientsKernel(images * sizes.rows, epsilon);
    const inputKernel = batchNormBackwardInputKernel(sizes, target);
    return [
      task({
        name: `coefficients of dx ${sizes.channels}`,
        items: sizes.channels,
        calls: [call(coefficientsKernel, [gamma, variance, dGamma, dBeta, ...coefficients])],
        own: [gamma, variance, dGamma, dBeta],
        writes: coefficients,
      }),
      task({
        name: `batchNorm dx ${dx.shape.join('×')}`,
        items: images,
        calls: [call(inputKernel, [x, dy, dx, mean, ...coefficients])],
        own: [x, dy],
        shared: [mean, variance, gamma, dGamma, dBeta, ...coefficients],
        writes: [dx],
        operations: [operation],
      }),
    ];
  },
};

/** x as [images, rows, channels]; `perChannel` has one number for each channel. */
function sizesOf(x: Tensor, perChannel: Tensor): { images: number; sizes: ChannelSizes } {
  const images = x.shape[0]!;
  const channels = perChannel.size;
  return { images, sizes: { rows: x.size / images / channels, channels } };
}
