/** How well numbers are predicted. */

/** The mean of |prediction − target|, in the units of the targets. */
export function meanAbsoluteError(predicted: ArrayLike<number>, expected: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < expected.length; i++) sum += Math.abs(predicted[i]! - expected[i]!);
  return sum / expected.length;
}

/**
 * The coefficient of determination: the share of the targets' variance that is predicted.
 *
 *     R² = 1 − Σ(t − p)² / Σ(t − mean of t)²
 *
 * 1 is perfect, 0 is as good as always predicting the mean, and less is worse. With several outputs it is the mean of
 * theirs. NaN if the targets of an output are all the same.
 *
 * @param predicted [n, outputs], row by row
 * @param expected [n, outputs], row by row
 */
export function r2Score(predicted: ArrayLike<number>, expected: ArrayLike<number>, outputs: number): number {
  const count = expected.length / outputs;
  let sum = 0;
  for (let output = 0; output < outputs; output++) {
    let mean = 0;
    for (let i = output; i < expected.length; i += outputs) mean += expected[i]! / count;
    let [unexplained, all] = [0, 0];
    for (let i = output; i < expected.length; i += outputs) {
      unexplained += (expected[i]! - predicted[i]!) ** 2;
      all += (expected[i]! - mean) ** 2;
    }
    sum += all === 0 ? NaN : 1 - unexplained / all;
  }
  return sum / outputs;
}
