/**
 * Weights with which every class counts the same, however many examples it has: n / (c · nₖ) for a class with nₖ of the
 * n examples, where c classes have examples. Their mean over the examples is 1. The weight of a class without examples
 * is 1.
 *
 * @param labels class indices of the training examples
 */
export function balancedClassWeights(labels: ArrayLike<number>, classes: number): number[] {
  const counts = Array.from({ length: classes }, () => 0);
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]! += 1;
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 1 : labels.length / (present * count)));
}

/** @throws RangeError unless there is a finite number of at least 0 for each class */
export function checkClassWeights(weights: readonly number[], classes: number): void {
  if (weights.length !== classes) {
    throw new RangeError(
      `class weights: expected ${classes} numbers, one for each class, got ${weights.length}`,
    );
  }
  const wrong = weights.find((weight) => !(weight >= 0 && weight < Infinity));
  if (wrong !== undefined)
    throw new RangeError(`class weights: expected numbers of at least 0, got ${wrong}`);
}
