/** A step of the learning-rate range test. */
export interface LearningRatePoint {
  /** From 1. */
  readonly step: number;
  readonly learningRate: number;
  /** Loss of the batch, before its own update. */
  readonly loss: number;
  /** The moving average of the losses so far. */
  readonly smoothedLoss: number;
}

/** The loss must fall below this share of the first: a smaller fall may be rounding. */
const leastFall = 0.99;

/**
 * The rate at which the smoothed loss falls fastest along the logarithm of the rate, as the finder of fastai proposes.
 * There a step achieves most, and the rates at which training becomes unstable are still some distance away. The slope
 * at a point is that of the least-squares line through the points within a 25th of the run on both sides: noise
 * disturbs it less than a difference of two points.
 *
 * @param points in the order of their steps, at rates that rise by a constant factor
 * @returns null if the loss never falls below 99 % of the first, or if there are too few points
 */
export function suggestLearningRate(points: readonly LearningRatePoint[]): number | null {
  const known = points.filter(({ smoothedLoss }) => Number.isFinite(smoothedLoss));
  const first = known[0]?.smoothedLoss ?? 0;
  if (!known.some(({ smoothedLoss }) => smoothedLoss < leastFall * first)) return null;
  const reach = Math.max(1, Math.round(known.length / 25));
  let best: LearningRatePoint | null = null;
  let steepest = 0;
  for (let middle = reach; middle < known.length - reach; middle++) {
    const found = slope(known.slice(middle - reach, middle + reach + 1));
    if (found < steepest) {
      steepest = found;
      best = known[middle]!;
    }
  }
  return best?.learningRate ?? null;
}

/** Slope of the smoothed loss by the step. Rates are a constant factor apart, so this is along their logarithm. */
function slope(points: readonly LearningRatePoint[]): number {
  const middle = (points.length - 1) / 2;
  // the losses need not be centred: the factors i − middle add up to 0
  const covariance = points.reduce((sum, { smoothedLoss }, i) => sum + (i - middle) * smoothedLoss, 0);
  const variance = points.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
  return covariance / variance;
}
