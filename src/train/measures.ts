import type { Examples } from '../data/examples.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Evaluation } from './evaluator.ts';
import { type FullEvaluation, fullEvaluation, type Labelled, type Origins } from './full-evaluation.ts';
import { type NumberEvaluation, numberEvaluation } from './number-evaluation.ts';

/** Every measure of a network's predictions, for classes or for numbers. */
export type Measures = FullEvaluation | NumberEvaluation;

export function areOfNumbers(measures: Measures): measures is NumberEvaluation {
  return 'r2' in measures;
}

export type NumberExamples = Examples & Origins & { readonly y: Tensor<'float32'> };

/** Whether the targets are numbers and not classes. */
export function haveNumbers(examples: Examples & Origins): examples is NumberExamples {
  return examples.y.dtype === 'float32';
}

/** @param positions which of the examples were evaluated, in the order of the evaluation */
export function measuresOf(
  evaluation: Evaluation,
  examples: Examples & Origins,
  positions: Int32Array,
  classNames: readonly string[],
): Measures {
  if (haveNumbers(examples)) return numberEvaluation(evaluation, examples, positions);
  return fullEvaluation(evaluation, examples as Labelled, positions, classNames);
}
