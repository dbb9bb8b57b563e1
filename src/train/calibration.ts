/** The examples whose confidence lies in (from, to]. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean confidence of these examples; NaN if there are none. */
  readonly confidence: number;
  /** Share of these examples that are predicted correctly; NaN if there are none. */
  readonly accuracy: number;
}

export interface Calibration {
  /** Expected calibration error: Σ over the bins of count / n · |accuracy − confidence|. */
  readonly expectedError: number;
  /** Mean confidence of all examples. The network is overconfident if it is above the accuracy. */
  readonly confidence: number;
  readonly bins: readonly CalibrationBin[];
}

const binCount = 15;

/**
 * Compares a network's confidence with its accuracy: of the examples that it predicts with a probability of 80 %, 80 %
 * should be correct. Guo et al., "On Calibration of Modern Neural Networks" (2017): 15 bins of equal width.
 *
 * @param confidences the probability of the predicted class, for each example
 * @param correct whether that class is the true one, for each example
 */
export function calibrationOf(confidences: readonly number[], correct: readonly boolean[]): Calibration {
  const sums = Array.from({ length: binCount }, () => ({ count: 0, confidence: 0, correct: 0 }));
  for (const [i, confidence] of confidences.entries()) {
    const bin = sums[Math.min(Math.max(Math.ceil(confidence * binCount) - 1, 0), binCount - 1)]!;
    bin.count++;
    bin.confidence += confidence;
    bin.correct += correct[i]! ? 1 : 0;
  }
  const n = confidences.length;
  return {
    expectedError: sums.reduce((sum, bin) => sum + Math.abs(bin.correct - bin.confidence), 0) / n,
    confidence: sums.reduce((sum, bin) => sum + bin.confidence, 0) / n,
    bins: sums.map(({ count, confidence, correct: right }, index) => ({
      from: index / binCount,
      to: (index + 1) / binCount,
      count,
      confidence: confidence / count,
      accuracy: right / count,
    })),
  };
}
