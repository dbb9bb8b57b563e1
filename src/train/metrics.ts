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
