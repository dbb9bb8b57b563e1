import type { Operation } from '../operation.ts';
import type { Shape } from '../shape.ts';
import type { FloatArray, Tensor } from '../tensor.ts';

/** mean[c] = (Σ x[i, c]) / m and variance[c] = (Σ (x[i, c] − mean[c])²) / m over the m rows i: pixels, mostly. */
export function batchMoments({ inputs, outputs }: Operation<'batchMoments'>): void {
  const { mean, variance } = outputs;
  const m = inputs.x.size / mean.size;
  const sums = sumChannels(inputs.x.values, inputs.x.shape);
  mean.values.set(sums.map((sum) => sum / m));
  const squares = centered(inputs.x, mean).map((difference) => difference ** 2);
  variance.values.set(sumChannels(squares, inputs.x.shape).map((sum) => sum / m));
}

/** average ← momentum · average + (1 − momentum) · x. */
export function updateAverage({ inputs, outputs, constants }: Operation<'updateAverage'>): void {
  const { momentum } = constants;
  const x = inputs.x.values;
  const average = outputs.average.values;
  for (let i = 0; i < x.length; i++) average[i] = momentum * average[i]! + (1 - momentum) * x[i]!;
}

/** y[i, c] = gamma[c] · x̂[i, c] + beta[c] with x̂ = (x − mean) / √(variance + ε). */
export function batchNorm({ inputs, outputs, constants }: Operation<'batchNorm'>): void {
  const [x, y] = [inputs.x.values, outputs.y.values];
  const [mean, gamma, beta] = [inputs.mean.values, inputs.gamma.values, inputs.beta.values];
  const deviation = deviations(inputs.variance, constants.epsilon);
  for (let i = 0; i < x.length; i++) {
    const c = i % deviation.length;
    y[i] = (gamma[c]! * (x[i]! - mean[c]!)) / deviation[c]! + beta[c]!;
  }
}

/** dBeta[c] = Σᵢ dy[i, c] and dGamma[c] = Σᵢ dy[i, c] · x̂[i, c]. */
export function batchNormBackwardParameters({
  inputs,
  outputs,
  constants,
}: Operation<'batchNormBackwardParameters'>): void {
  const { x, dy, mean, variance } = inputs;
  const deviation = deviations(variance, constants.epsilon);
  const products = centered(x, mean).map((difference, i) => difference * dy.values[i]!);
  outputs.dBeta.values.set(sumChannels(dy.values, dy.shape));
  outputs.dGamma.values.set(sumChannels(products, x.shape).map((sum, c) => sum / deviation[c]!));
}

/** dx[i, c] = gamma · (dy − dBeta / m − x̂ · dGamma / m) / √(variance + ε), all of channel c; docs/batch-norm.md. */
export function batchNormBackwardInput({
  inputs,
  outputs,
  constants,
}: Operation<'batchNormBackwardInput'>): void {
  const [x, dy, dx] = [inputs.x.values, inputs.dy.values, outputs.dx.values];
  const [mean, gamma] = [inputs.mean.values, inputs.gamma.values];
  const [dGamma, dBeta] = [inputs.dGamma.values, inputs.dBeta.values];
  const deviation = deviations(inputs.variance, constants.epsilon);
  const m = x.length / deviation.length;
  for (let i = 0; i < x.length; i++) {
    const c = i % deviation.length;
    const normalized = (x[i]! - mean[c]!) / deviation[c]!;
    dx[i] = (gamma[c]! / deviation[c]!) * (dy[i]! - dBeta[c]! / m - (normalized * dGamma[c]!) / m);
  }
}

/** √(variance + ε) of each channel. */
function deviations({ values }: Tensor, epsilon: number): Float64Array {
  return Float64Array.from(values, (variance) => Math.sqrt(variance + epsilon));
}

/** x − mean. */
function centered(x: Tensor, { values: mean }: Tensor): FloatArray {
  return x.values.map((value, i) => value - mean[i % mean.length]!);
}

/**
 * The sum of each channel of an array [n, …, c]: over each image first, then over the images. Engines add up in this
 * order, too, and round every term and sum to the type of the array, so that even what is left of sums that cancel
 * is the same.
 */
function sumChannels(values: FloatArray, shape: Shape): FloatArray {
  const channels = shape.at(-1)!;
  const imageSize = values.length / shape[0]!;
  const total = values.slice(0, channels).fill(0);
  for (let start = 0; start < values.length; start += imageSize) {
    const sum = values.slice(0, channels).fill(0);
    for (let i = start; i < start + imageSize; i++) sum[i % channels]! += values[i]!;
    for (let c = 0; c < channels; c++) total[c]! += sum[c]!;
  }
  return total;
}
