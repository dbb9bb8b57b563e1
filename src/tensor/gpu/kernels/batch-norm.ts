/**
 * Batch normalization of x [n, …, c]; reference/batch-norm.ts has the formulas. Sums over the pixels of a channel are
 * in parts (parts.ts): one image each, mostly, as in the plain loops.
 */
import type { Operation } from '../../operation.ts';
import { Storage, type Tensor } from '../../tensor.ts';
import type { Launch } from '../kernel.ts';
import { launch } from '../launch.ts';
import { divide } from './indices.ts';
import { addParts, mostTerms, partSizes, sumParts } from './parts.ts';

/** The sum of `term` over a part of the pixels of channel `c`; element `i` of x and dy belongs to the pixel. */
function channelSum(parameters: string, term: string): string {
  return `function (${parameters}) {
  ${divide('part', 'c', 'this.thread.x', 'this.constants.channels')}
  const first = part * this.constants.pixelsPerPart;
  let sum = 0;
  for (let p = 0; p < this.constants.pixelsPerPart; p++) {
    if (first + p < this.constants.pixels) {
      const i = (first + p) * this.constants.channels + c;
      sum += ${term};
    }
  }
  return sum;
}`;
}

/** Two passes, since E[x²] − E[x]² loses all digits where the mean is large. */
const terms = channelSum('x', 'x[i]');
const squares = channelSum('x, mean', '(x[i] - mean[c]) * (x[i] - mean[c])');
const products = channelSum('x, dy, mean', '(x[i] - mean[c]) * dy[i]');

const meanOfParts = `function (parts) {
  ${addParts}
  return sum / this.constants.pixels;
}`;

const dGammaOfParts = `function (parts, variance) {
  ${addParts}
  return sum / Math.sqrt(variance[this.thread.x] + this.constants.epsilon);
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

export function batchMoments({ inputs, outputs }: Operation<'batchMoments'>): Launch[] {
  const { x } = inputs;
  const { mean, variance } = outputs;
  const sizes = partsOf(x);
  const [sums, squaredSums] = [temporaryParts(sizes), temporaryParts(sizes)];
  const finish = { ...partSizes(sums, sizes.channels), pixels: sizes.pixels };
  return [
    launch('batchMoments sums', terms, sizes, [x.storage], sums),
    launch('batchMoments mean', meanOfParts, finish, [sums], mean.storage),
    launch('batchMoments squares', squares, sizes, [x.storage, mean.storage], squaredSums),
    launch('batchMoments mean', meanOfParts, finish, [squaredSums], variance.storage),
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
  const { x, dy, mean, variance } = inputs;
  const { dGamma, dBeta } = outputs;
  const sizes = partsOf(x);
  const [sums, productSums] = [temporaryParts(sizes), temporaryParts(sizes)];
  const finish = { ...partSizes(productSums, sizes.channels), epsilon: constants.epsilon };
  const operands = [x.storage, dy.storage, mean.storage];
  return [
    launch('batchMoments sums', terms, sizes, [dy.storage], sums),
    sumParts(sums, dBeta.storage),
    launch('batchNormBackward products', products, sizes, operands, productSums),
    launch(
      'batchNormBackward dGamma',
      dGammaOfParts,
      finish,
      [productSums, variance.storage],
      dGamma.storage,
    ),
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

/** How the pixels of x are split: an image a part, unless that makes too long a sum of terms or of parts. */
function partsOf(x: Tensor): { channels: number; pixels: number; pixelsPerPart: number } {
  const channels = x.shape.at(-1)!;
  const pixels = x.size / channels;
  const imagePixels = pixels / x.shape[0]!;
  const fewest = Math.ceil(pixels / mostTerms);
  const pixelsPerPart = Math.max(Math.min(imagePixels, mostTerms), fewest);
  return { channels, pixels, pixelsPerPart };
}

function temporaryParts({ channels, pixels, pixelsPerPart }: ReturnType<typeof partsOf>): Storage {
  return new Storage('float32', Math.ceil(pixels / pixelsPerPart) * channels, null);
}
