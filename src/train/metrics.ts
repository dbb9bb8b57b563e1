import type { Predictions } from './evaluator.ts';

/** confusion[actual][predicted] counts the examples of each pair of classes. */
export function confusionMatrix(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): number[][] {
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  for (let i = 0; i < actual.length; i++) counts[actual[i]!]![predicted[i]!]!++;
  return counts;
}

export interface ClassReport {
  /** Of the examples predicted to be of this class, the share that is; NaN if there are none. */
  readonly precision: number;
  /** Of the examples of this class, the share that was found; NaN if there are none. */
  readonly recall: number;
  /** Harmonic mean of precision and recall: 2·TP / (2·TP + FP + FN). */
  readonly f1: number;
  /** Number of examples of this class. */
  readonly support: number;
}

/** Precision, recall and F1 of each class, from a confusion matrix [actual][predicted]. */
export function classReports(confusion: readonly (readonly number[])[]): ClassReport[] {
  return confusion.map((row, index) => {
    const truePositives = row[index]!;
    const support = row.reduce((sum, count) => sum + count, 0);
    const predicted = confusion.reduce((sum, other) => sum + other[index]!, 0);
    return {
      precision: truePositives / predicted,
      recall: truePositives / support,
      f1: (2 * truePositives) / (predicted + support),
      support,
    };
  });
}

export interface MeanReport {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * Means over the classes. In `macro`, each class that occurs, as a true or a predicted one, counts the same; in
 * `weighted`, it counts by its number of examples. An undefined number, such as the precision of a class that is never
 * predicted, counts as 0, as in scikit-learn's `classification_report`.
 */
export function meanReports(classes: readonly ClassReport[]): {
  readonly macro: MeanReport;
  readonly weighted: MeanReport;
} {
  // F1 alone is NaN when the class occurs nowhere
  const occurring = classes.filter(({ f1 }) => !Number.isNaN(f1));
  const mean = (weight: (report: ClassReport) => number): MeanReport => {
    const total = occurring.reduce((sum, report) => sum + weight(report), 0);
    const meanOf = (key: keyof MeanReport): number =>
      occurring.reduce((sum, report) => sum + weight(report) * (report[key] || 0), 0) / total;
    return { precision: meanOf('precision'), recall: meanOf('recall'), f1: meanOf('f1') };
  };
  return { macro: mean(() => 1), weighted: mean(({ support }) => support) };
}

/**
 * Share of the examples whose true class is among the `k` most probable ones. The predicted class comes first; of
 * classes with equal probabilities, the one with the lower index.
 */
export function topAccuracy(
  actual: ArrayLike<number>,
  { predicted, probabilities }: Predictions,
  classes: number,
  k: number,
): number {
  let found = 0;
  for (let i = 0; i < actual.length; i++) {
    const label = actual[i]!;
    const own = probabilities[i * classes + label]!;
    let before = 0;
    for (let y = 0; y < classes; y++) {
      const other = probabilities[i * classes + y]!;
      if (y !== label && (y === predicted[i] || other > own || (other === own && y < label))) before++;
    }
    if (predicted[i] === label || before < k) found++;
  }
  return found / actual.length;
}

/** Images of one class that were taken for another. */
export interface Confusion {
  readonly actual: number;
  readonly predicted: number;
  readonly count: number;
}

/** The pairs of different classes that were confused most often, at most `limit` of them, the most frequent first. */
export function frequentConfusions(
  confusion: readonly (readonly number[])[],
  limit: number,
): readonly Confusion[] {
  return confusion
    .flatMap((row, actual) => row.map((count, predicted) => ({ actual, predicted, count })))
    .filter(({ actual, predicted, count }) => actual !== predicted && count > 0)
    .toSorted((a, b) => b.count - a.count)
    .slice(0, limit);
}
