import type { Tensor } from '../tensor/tensor.ts';
import type { Evaluation } from './evaluator.ts';
import { originOf, type Origins, type Prediction } from './full-evaluation.ts';

/** An example with a number as its target, and what the network predicts for it. */
export interface NumberPrediction extends Pick<Prediction, 'index' | 'file' | 'line'> {
  readonly actual: number;
  readonly predicted: number;
}

/** Every measure of predicted numbers, as plain data that can be written as JSON. All but loss and R² have their unit. */
export interface NumberEvaluation {
  /** Number of examples. */
  readonly examples: number;
  /** The mean of what the network was trained with, plus the L2 penalty if the run has one. */
  readonly loss: number;
  readonly meanAbsoluteError: number;
  readonly rootMeanSquaredError: number;
  /** 1 − Σ(t − p)² / Σ(t − mean of t)²; NaN if all targets are the same. */
  readonly r2: number;
  /** Half of the predictions, and nine of ten, are no further from their targets than this. */
  readonly medianError: number;
  readonly ninetiethPercentError: number;
  /** The predictions that are furthest from their targets. */
  readonly largestErrors: readonly NumberPrediction[];
}

const largestCount = 20;

/** @param positions which of the examples were evaluated, in the order of the evaluation */
export function numberEvaluation(
  evaluation: Evaluation,
  examples: { readonly y: Tensor<'float32'> } & Origins,
  positions: Int32Array,
): NumberEvaluation {
  const predictions = numberPredictions(evaluation, examples, positions);
  const errors = Float64Array.from(predictions, errorOf).toSorted();
  const quantile = (share: number): number => errors[Math.ceil(share * errors.length) - 1]!;
  const squares = errors.reduce((sum, error) => sum + error ** 2, 0);
  return {
    examples: positions.length,
    loss: evaluation.loss,
    meanAbsoluteError: evaluation.meanAbsoluteError,
    rootMeanSquaredError: Math.sqrt(squares / errors.length),
    r2: evaluation.r2,
    medianError: quantile(0.5),
    ninetiethPercentError: quantile(0.9),
    largestErrors: predictions
      .toSorted((a, b) => errorOf(b) - errorOf(a) || a.index - b.index)
      .slice(0, largestCount),
  };
}

function errorOf({ actual, predicted }: NumberPrediction): number {
  return Math.abs(predicted - actual);
}

/** The prediction for each example, in the order of the evaluation. */
export function numberPredictions(
  { predicted }: Evaluation,
  { y, ...origins }: { readonly y: Tensor<'float32'> } & Origins,
  positions: Int32Array,
): NumberPrediction[] {
  return Array.from(positions, (index, i) => ({
    index,
    actual: y.values[index]!,
    predicted: predicted[i]!,
    ...originOf(origins, index),
  }));
}
