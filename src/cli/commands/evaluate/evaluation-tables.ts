import { shares } from '../../../report/format.ts';
import type { CalibrationBin } from '../../../train/calibration.ts';
import type { FullEvaluation } from '../../../train/full-evaluation.ts';
import type { MeanReport } from '../../../train/metrics.ts';
import { percent } from '../../framework/percent.ts';
import { textTable } from '../../framework/text-table.ts';

/** With more classes, the columns of the matrix do not fit beside each other. */
const maxMatrixClasses = 20;

/** Precision, recall and F1 of each class. */
export function classTable({ classes }: FullEvaluation): string {
  return textTable({ head: classHead, rows: classRows(classes) });
}

/** The same with the means over the classes. */
export function classTableWithMeans({ classes, macro, weighted, examples }: FullEvaluation): string {
  const meanRow = (name: string, mean: MeanReport): string[] => [name, ...shares(mean), String(examples)];
  const means = [meanRow('macro mean', macro), meanRow('weighted mean', weighted)];
  return textTable({ head: classHead, rows: [...classRows(classes), ...means] });
}

/** The confusion matrix; for many classes, a list of the pairs that are confused most often. */
export function confusionTable({ classes, confusion, confusions }: FullEvaluation): string {
  const names = classes.map(({ name }) => name);
  if (names.length > maxMatrixClasses) {
    const rows = confusions.map(({ actual, predicted, count }) => [
      names[actual]!,
      names[predicted]!,
      String(count),
    ]);
    return `most frequent confusions\n${textTable({ head: ['true class', 'predicted', 'images'], rows })}`;
  }
  const rows = confusion.map((row, actual) => [`${actual} ${names[actual]!}`, ...row.map(String)]);
  const table = textTable({ head: ['true class', ...names.map((_, index) => String(index))], rows });
  return `confusion matrix: true classes down, predicted classes across\n${table}`;
}

/** Calibration by bins of probability, without the empty ones. */
export function calibrationTable({ calibration }: FullEvaluation): string {
  const rows = calibration.bins
    .filter(({ count }) => count > 0)
    .map((bin) => [rangeOf(bin), percent(bin.confidence), percent(bin.accuracy), String(bin.count)]);
  return `calibration\n${textTable({ head: ['probability of the prediction', 'mean', 'right', 'images'], rows })}`;
}

export function mistakeTable({ classes, mistakes }: FullEvaluation): string {
  const rows = mistakes.map(({ index, actual, predicted, probability }) => [
    String(index),
    classes[actual]!.name,
    classes[predicted]!.name,
    percent(probability),
  ]);
  const head = ['image', 'true class', 'predicted', 'probability'];
  return `most confident mistakes\n${textTable({ head, rows, textColumns: [1, 2] })}`;
}

/** `53.33 % – 60.00 %` */
function rangeOf({ from, to }: CalibrationBin): string {
  return `${percent(from)} – ${percent(to)}`;
}

const classHead = ['class', 'precision', 'recall', 'F1', 'images'];

function classRows(classes: FullEvaluation['classes']): string[][] {
  return classes.map((report) => [report.name, ...shares(report), String(report.support)]);
}
