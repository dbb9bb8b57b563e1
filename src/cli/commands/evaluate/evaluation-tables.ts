import { shares } from '../../../report/format.ts';
import type { CalibrationBin } from '../../../train/calibration.ts';
import type { FullEvaluation } from '../../../train/full-evaluation.ts';
import type { MeanReport } from '../../../train/metrics.ts';
import { percent } from '../../framework/percent.ts';
import { textTable, type TextTableOptions, widthOf } from '../../../text-table.ts';
import { terminalColumns } from '../../framework/terminal-columns.ts';

/** With more classes, the columns of the matrix do not fit beside each other. */
const maxMatrixClasses = 20;

/** Precision, recall and F1 of each class. */
export function classTable({ classes }: FullEvaluation): string {
  return table({ head: classHead, rows: classRows(classes) });
}

/** The same with the means over the classes. */
export function classTableWithMeans({ classes, macro, weighted, examples }: FullEvaluation): string {
  const meanRow = (name: string, mean: MeanReport): string[] => [name, ...shares(mean), String(examples)];
  const means = [meanRow('macro mean', macro), meanRow('weighted mean', weighted)];
  return table({ head: classHead, rows: [...classRows(classes), ...means] });
}

/** The confusion matrix; if it has too many classes or is too wide, a list of the pairs that are confused most often. */
export function confusionTable({ classes, confusion, confusions }: FullEvaluation): string {
  const names = classes.map(({ name }) => name);
  const rows = confusion.map((row, actual) => [`${actual} ${names[actual]!}`, ...row.map(String)]);
  const matrix = table({ head: ['true class', ...names.map((_, index) => String(index))], rows });
  if (names.length <= maxMatrixClasses && widthOf(matrix) <= terminalColumns()) {
    return `confusion matrix: true class down, predicted class across\n${matrix}`;
  }
  const pairs = confusions.map(({ actual, predicted, count }) => [
    names[actual]!,
    names[predicted]!,
    String(count),
  ]);
  const head = ['true class', 'predicted', 'images'];
  return `most frequent confusions\n${table({ head, rows: pairs, textColumns: [0, 1] })}`;
}

/** Calibration by bins of probability, without the empty ones. */
export function calibrationTable({ calibration }: FullEvaluation): string {
  const rows = calibration.bins
    .filter(({ count }) => count > 0)
    .map((bin) => [rangeOf(bin), percent(bin.confidence), percent(bin.accuracy), String(bin.count)]);
  const head = ['probability of the prediction', 'mean', 'right', 'images'];
  return `calibration\n${table({ head, rows, textColumns: [] })}`;
}

/** The most confident mistakes; in a folder of pictures, with their files. */
export function mistakeTable({ classes, mistakes }: FullEvaluation): string {
  const hasFiles = mistakes.some(({ file }) => file !== undefined);
  const rows = mistakes.map(({ index, actual, predicted, probability, file }) => [
    String(index),
    ...(hasFiles ? [file ?? ''] : []),
    classes[actual]!.name,
    classes[predicted]!.name,
    percent(probability),
  ]);
  const head = ['image', ...(hasFiles ? ['file'] : []), 'true class', 'predicted', 'probability'];
  return `most confident mistakes\n${table({ head, rows, textColumns: hasFiles ? [1, 2, 3] : [1, 2] })}`;
}

function table(options: TextTableOptions): string {
  return textTable({ ...options, columns: terminalColumns() });
}

/** `53.33 % – 60.00 %` */
function rangeOf({ from, to }: CalibrationBin): string {
  return `${percent(from)} – ${percent(to)}`;
}

const classHead = ['class', 'precision', 'recall', 'F1', 'images'];

function classRows(classes: FullEvaluation['classes']): string[][] {
  return classes.map((report) => [report.name, ...shares(report), String(report.support)]);
}
