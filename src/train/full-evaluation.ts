import type { Tensor } from '../tensor/tensor.ts';
import { type Calibration, calibrationOf } from './calibration.ts';
import type { Evaluation } from './evaluator.ts';
import {
  type ClassReport,
  classReports,
  type Confusion,
  confusionMatrix,
  frequentConfusions,
  type MeanReport,
  meanReports,
  topAccuracy,
} from './metrics.ts';

/** A labelled example, and what the network predicts for it. */
export interface Prediction {
  /** Position of the example in its part of the data set, from 0. */
  readonly index: number;
  /** Class indices. */
  readonly actual: number;
  readonly predicted: number;
  /** The probability of the predicted class. */
  readonly probability: number;
  /** For a folder of pictures: the path of its file below that folder. */
  readonly file?: string;
  /** For a table: the line of its row. */
  readonly line?: number;
}

/** Every measure of a network's predictions for labelled examples, as plain data that can be written as JSON. */
export interface FullEvaluation {
  /** Number of examples. */
  readonly examples: number;
  /** Mean cross-entropy, −log of the probability of the true class, plus the L2 penalty if the run has one. */
  readonly loss: number;
  /** Share of the examples whose most probable class is the true one. */
  readonly accuracy: number;
  /** Share of the examples whose true class is one of the two most probable ones. */
  readonly top2Accuracy: number;
  readonly classes: readonly (ClassReport & { readonly name: string })[];
  /** The mean over the classes, each counting the same. */
  readonly macro: MeanReport;
  /** The mean over the classes, by their number of examples. */
  readonly weighted: MeanReport;
  /** [actual][predicted]: number of examples. */
  readonly confusion: readonly (readonly number[])[];
  /** The pairs of classes that are confused most often. */
  readonly confusions: readonly Confusion[];
  readonly calibration: Calibration;
  /** The mistakes that the network made with the highest probability, in descending order. */
  readonly mistakes: readonly Prediction[];
}

const confusionCount = 10;
const mistakeCount = 20;

/** What is known of the examples of a data set: the true class index of each, and perhaps where it is from. */
export interface Labelled extends Origins {
  readonly y: Tensor<'uint8'>;
}

/** Where each example is from: a file, or a line of a table. */
export interface Origins {
  readonly files?: readonly string[];
  readonly lines?: Int32Array;
}

export function originOf({ files, lines }: Origins, index: number): Pick<Prediction, 'file' | 'line'> {
  if (files !== undefined) return { file: files[index]! };
  return lines === undefined ? {} : { line: lines[index]! };
}

/**
 * @param positions which of them were evaluated, in the order of the evaluation
 */
export function fullEvaluation(
  evaluation: Evaluation,
  examples: Labelled,
  positions: Int32Array,
  classNames: readonly string[],
): FullEvaluation {
  const predictions = predictionsOf(evaluation, examples, positions);
  const actual = predictions.map((prediction) => prediction.actual);
  const confusion = confusionMatrix(actual, evaluation.predicted, classNames.length);
  const classes = classReports(confusion).map((report, index) => ({ name: classNames[index]!, ...report }));
  return {
    examples: positions.length,
    loss: evaluation.loss,
    accuracy: evaluation.accuracy,
    top2Accuracy: topAccuracy(actual, evaluation, classNames.length, 2),
    classes,
    ...meanReports(classes),
    confusion,
    confusions: frequentConfusions(confusion, confusionCount),
    calibration: calibrationOf(
      predictions.map(({ probability }) => probability),
      predictions.map(isCorrect),
    ),
    mistakes: predictions
      .filter((prediction) => !isCorrect(prediction))
      .toSorted((a, b) => b.probability - a.probability || a.index - b.index)
      .slice(0, mistakeCount),
  };
}

/** The prediction for each example, in the order of the evaluation. */
export function predictionsOf(
  { predicted, probabilities }: Evaluation,
  { y: labels, ...origins }: Labelled,
  positions: Int32Array,
): Prediction[] {
  const classes = probabilities.length / positions.length;
  return Array.from(positions, (index, i) => ({
    index,
    actual: labels.values[index]!,
    predicted: predicted[i]!,
    probability: probabilities[i * classes + predicted[i]!]!,
    ...originOf(origins, index),
  }));
}

export function isCorrect({ actual, predicted }: Prediction): boolean {
  return actual === predicted;
}
