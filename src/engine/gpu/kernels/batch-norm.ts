/**
 * Batch normalization of x [n, …, c]; reference/batch-norm.ts has the formulas. The sums take x as a matrix with a row
 * for each pixel and a column for each channel.
 */
import type { Operation } from '../../../tensor/operation.ts';
import { Storage } from '../../../tensor/tensor.ts';
import type { Launch } from './kernel.ts';
import { launch } from './launch.ts';
import { divide } from './indices.ts';
import { sum } from './reductions.ts';

/** Divides by √(variance + ε), channel by channel. */
const byDeviation = `function (products, variance) {
  return products[this.thread.x] / Math.sqrt(variance[this.thread.x] + this.constants.epsilon);
}`;

const movingAverage = `function (average, x) {
  return (
    this.constants.momentum * average[this.thread.x] + (1 - this.constants.momentum) * x[this.thread.x]
  );
}`;

const normalize = `function (x, mean, variance, gamma, beta) {
  ${divide('pixel', 'c', 'this.thread.x', 'this.constants.channels')}
  const deviation = Math.sqrt(variance[c] + this.constants.epsilon);
  return (gamma[c] * (x[this.thread.x] - mean[c])) / deviation + beta[c];
}`;

const backwardInput = `function (x, dy, mean, variance, gamma, dGamma, dBeta) {
  ${divide('pixel', 'c', 'this.thread.x', 'this.constants.channels')}
  const deviation = Math.sqrt(variance[c] + this.constants.epsilon);
  const normalized = (x[this.thread.x] - mean[c]) / deviation;
  const means = (dBeta[c] + normalized * dGamma[c]) / this.constants.pixels;
  return (gamma[c] / deviation) * (dy[this.thread.x] - means);
}`;

/** Two passes, since E[x²] − E[x]² loses all digits where the mean is large. */
export function batchMoments({ inputs, outputs }: Operation<'batchMoments'>): Launch[] {
  const x = inputs.x.storage;
  const mean = outputs.mean.storage;
  const variance = outputs.variance.storage;
  const rows = x.length / mean.length;
  const square = '(x[at] - mean[column]) * (x[at] - mean[column])';
  const scale = 1 / rows;
  return [
    ...sum({ what: 'batchMoments mean', term: 'x[at]', inputs: { x }, rows, output: mean, scale }),
    ...sum({
      what: 'batchMoments variance',
      term: square,
      inputs: { x, mean },
      rows,
      output: variance,
      scale,
    }),
  ];
}

export function updateAverage({ inputs, outputs, constants }: Operation<'updateAverage'>): Launch[] {
  const operands = [inputs.average.storage, inputs.x.storage];
  return [
    launch(
      'updateAverage',
      movingAverage,
      { momentum: constants.momentum },
      operands,
      outputs.average.storage,
    ),
  ];
}

export function batchNorm({ inputs, outputs, constants }: Operation<'batchNorm'>): Launch[] {
  const { x, mean, variance, gamma, beta } = inputs;
  const sizes = { channels: mean.size, epsilon: constants.epsilon };
  const operands = [x, mean, variance, gamma, beta].map(({ storage }) => storage);
  return [launch('batchNorm', normalize, sizes, operands, outputs.y.storage)];
}

export function batchNormBackwardParameters({
  inputs,
  outputs,
  constants,
}: Operation<'batchNormBackwardParameters'>): Launch[] {
  const [x, dy, mean] = [inputs.x.storage, inputs.dy.storage, inputs.mean.storage];
  const dGamma = outputs.dGamma.storage;
  const rows = x.length / mean.length;
  const products = new Storage('float32', mean.length, null);
  const product = '(x[at] - mean[column]) * dy[at]';
  return [
    ...sum({ what: 'dBeta', term: 'dy[at]', inputs: { dy }, rows, output: outputs.dBeta.storage }),
    ...sum({ what: 'dGamma products', term: product, inputs: { x, dy, mean }, rows, output: products }),
    launch('dGamma', byDeviation, constants, [products, inputs.variance.storage], dGamma),
  ];
}

export function batchNormBackwardInput({
  inputs,
  outputs,
  constants,
}: Operation<'batchNormBackwardInput'>): Launch[] {
  const { x, dy, mean, variance, gamma, dGamma, dBeta } = inputs;
  const channels = mean.size;
  const sizes = { channels, pixels: x.size / channels, epsilon: constants.epsilon };
  const operands = [x, dy, mean, variance, gamma, dGamma, dBeta].map(({ storage }) => storage);
  return [launch('batchNormBackwardInput', backwardInput, sizes, operands, outputs.dx.storage)];
}
