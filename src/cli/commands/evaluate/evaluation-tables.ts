import Table from 'cli-table3';
import { shares } from '../../../report/format.ts';
import type { CalibrationBin } from '../../../train/calibration.ts';
import type { FullEvaluation } from '../../../train/full-evaluation.ts';
import type { MeanReport } from '../../../train/metrics.ts';
import { percent } from '../../framework/progress.ts';

/** More columns than this do not fit beside each other. */
const maxMatrixClasses = 20;

/** Precision, recall and F1 of each class. */
export function classTable({ classes }: FullEvaluation): string {
  return tableOf(classHead, classRows(classes));
}

/** The same, and their means. */
export function classTableWithMeans({ classes, macro, weighted, examples }: FullEvaluation): string {
  const meanRow = (name: string, mean: MeanReport): string[] => [name, ...shares(mean), String(examples)];
  return tableOf(classHead, [
    ...classRows(classes),
    meanRow('macro mean', macro),
    meanRow('weighted mean', weighted),
  ]);
}

/** True classes down, predicted ones across; of many classes, the pairs that are confused most. */
export function confusionTable({ classes, confusion, confusions }: FullEvaluation): string {
  const names = classes.map(({ name }) => name);
  if (names.length > maxMatrixClasses) {
    const rows = confusions.map(({ actual, predicted, count }) => [
      names[actual]!,
      names[predicted]!,
      String(count),
    ]);
    return `most frequent confusions\n${tableOf(['true class', 'predicted', 'images'], rows)}`;
  }
  const rows = confusion.map((row, actual) => [`${actual} ${names[actual]!}`, ...row.map(String)]);
  const table = tableOf(['true class', ...names.map((_, index) => String(index))], rows);
  return `confusion matrix: true classes down, predicted classes across\n${table}`;
}

/** The bins that hold any images. */
export function calibrationTable({ calibration }: FullEvaluation): string {
  const rows = calibration.bins
    .filter(({ count }) => count > 0)
    .map((bin) => [rangeOf(bin), percent(bin.confidence), percent(bin.accuracy), String(bin.count)]);
  return `calibration\n${tableOf(['probability of the prediction', 'mean', 'right', 'images'], rows)}`;
}

export function mistakeTable({ classes, mistakes }: FullEvaluation): string {
  const rows = mistakes.map(({ index, actual, predicted, probability }) => [
    String(index),
    classes[actual]!.name,
    classes[predicted]!.name,
    percent(probability),
  ]);
  const head = ['image', 'true class', 'predicted', 'probability'];
  return `most confident mistakes\n${tableOf(head, rows, ['right', 'left', 'left', 'right'])}`;
}

/** `53.33 % – 60.00 %` */
function rangeOf({ from, to }: CalibrationBin): string {
  return `${percent(from)} – ${percent(to)}`;
}

const classHead = ['class', 'precision', 'recall', 'F1', 'images'];

function classRows(classes: FullEvaluation['classes']): string[][] {
  return classes.map((report) => [report.name, ...shares(report), String(report.support)]);
}

/** Numbers to the right, unless told otherwise: the first column is text. */
function tableOf(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  colAligns: ('left' | 'right')[] = head.map((_, column) => (column === 0 ? 'left' : 'right')),
): string {
  const table = new Table({
    head: [...head],
    colAligns,
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
