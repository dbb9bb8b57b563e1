import type { Operation } from '../operation.ts';
import type { FloatArray } from '../tensor.ts';

/** log Σⱼ exp(zⱼ) of a row in two parts, whose sum would lose the second where the first is large. */
interface LogSumExp {
  /** The largest logit, z*. */
  readonly max: number;
  /** log Σⱼ exp(zⱼ − z*), from 0 to log n. */
  readonly logSum: number;
}

/**
 * Writes softmax(logits) of row i to `probabilities` and returns log Σⱼ exp(logits[i, j]).
 *
 * With the row's maximum z* taken out, log Σ exp zⱼ = z* + log Σ exp(zⱼ − z*): every exponent is ≤ 0 and one
 * of them is 0, so that nothing overflows and the sum is at least 1, for logits of any size.
 */
function softmaxRow(logits: FloatArray, probabilities: FloatArray, start: number, n: number): LogSumExp {
  let max = -Infinity;
  for (let j = 0; j < n; j++) max = Math.max(max, logits[start + j]!);
  let sum = 0;
  for (let j = 0; j < n; j++) sum += Math.exp(logits[start + j]! - max);
  for (let j = 0; j < n; j++) probabilities[start + j] = Math.exp(logits[start + j]! - max) / sum;
  return { max, logSum: Math.log(sum) };
}

/** probabilities[i, j] = exp(zᵢⱼ) / Σⱼ exp(zᵢⱼ). */
export function softmax({ inputs, outputs }: Operation<'softmax'>): void {
  const [rows, n] = inputs.logits.shape as [number, number];
  for (let i = 0; i < rows; i++) {
    softmaxRow(inputs.logits.values, outputs.probabilities.values, i * n, n);
  }
}

/**
 * losses[i] = −log softmax(zᵢ)[label] = log Σⱼ exp(zᵢⱼ) − zᵢ[label], and the probabilities for backward. With
 * label smoothing α over n classes, the targets being (1 − α)·onehot + α/n:
 *
 *     losses[i] = (1 − α)·(log Σⱼ exp(zᵢⱼ) − zᵢ[label]) + α·(log Σⱼ exp(zᵢⱼ) − mean of zᵢ)
 *
 * Differences from the maximum z* come first, so that no large numbers cancel: log Σ − zᵢ[label] is
 * (z* − zᵢ[label]) + log Σⱼ exp(zᵢⱼ − z*), and the mean is taken of z* − zᵢⱼ.
 */
export function softmaxCrossEntropy({ inputs, outputs, constants }: Operation<'softmaxCrossEntropy'>): void {
  const { labelSmoothing } = constants;
  const logits = inputs.logits.values;
  const labels = inputs.labels.values;
  const [rows, n] = inputs.logits.shape as [number, number];
  for (let i = 0; i < rows; i++) {
    const { max, logSum } = softmaxRow(logits, outputs.probabilities.values, i * n, n);
    const loss = max - logits[i * n + labels[i]!]! + logSum;
    // the mean of the losses with each class as the label; infinite if a logit is −∞
    const spread = labelSmoothing === 0 ? 0 : meanBelow(max, logits, i * n, n) + logSum;
    outputs.losses.values[i] = (1 - labelSmoothing) * loss + labelSmoothing * spread;
  }
}

/** dLogits[i, j] = (probabilities[i, j] − target of i, j) / rows; derived in docs/. */
export function softmaxCrossEntropyBackward({
  inputs,
  outputs,
  constants,
}: Operation<'softmaxCrossEntropyBackward'>): void {
  const { labelSmoothing } = constants;
  const probabilities = inputs.probabilities.values;
  const labels = inputs.labels.values;
  const dLogits = outputs.dLogits.values;
  const [rows, n] = inputs.probabilities.shape as [number, number];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < n; j++) {
      const oneHot = j === labels[i] ? 1 : 0;
      const target = (1 - labelSmoothing) * oneHot + labelSmoothing / n;
      dLogits[i * n + j] = (probabilities[i * n + j]! - target) / rows;
    }
  }
}

function meanBelow(max: number, logits: FloatArray, start: number, n: number): number {
  let sum = 0;
  for (let j = 0; j < n; j++) sum += max - logits[start + j]!;
  return sum / n;
}
