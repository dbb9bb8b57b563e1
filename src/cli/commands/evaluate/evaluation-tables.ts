import { numberRows, numberText, shares, shortNumber } from '../../../report/format.ts';
import type { CalibrationBin } from '../../../train/calibration.ts';
import type { FullEvaluation } from '../../../train/full-evaluation.ts';
import type { NumberEvaluation } from '../../../train/number-evaluation.ts';
import type { MeanReport } from '../../../train/metrics.ts';
import { percent } from '../../framework/percent.ts';
import { textTable, type TextTableOptions, widthOf } from '../../../text-table.ts';
import { terminalColumns } from '../../framework/terminal-columns.ts';

/** What an example is. */
type Unit = 'images' | 'rows';

/** With more classes, the columns of the matrix do not fit beside each other. */
const maxMatrixClasses = 20;

/** Precision, recall and F1 of each class. */
export function classTable({ classes }: FullEvaluation, unit: Unit): string {
  return table({ head: classHead(unit), rows: classRows(classes) });
}

/** The same with the means over the classes. */
export function classTableWithMeans(
  { classes, macro, weighted, examples }: FullEvaluation,
  unit: Unit,
): string {
  const meanRow = (name: string, mean: MeanReport): string[] => [name, ...shares(mean), String(examples)];
  const means = [meanRow('macro mean', macro), meanRow('weighted mean', weighted)];
  return table({ head: classHead(unit), rows: [...classRows(classes), ...means] });
}

/** The confusion matrix; if it has too many classes or is too wide, a list of the pairs that are confused most often. */
export function confusionTable({ classes, confusion, confusions }: FullEvaluation, unit: Unit): string {
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
  const head = ['true class', 'predicted', unit];
  return `most frequent confusions\n${table({ head, rows: pairs, textColumns: [0, 1] })}`;
}

/** Calibration by bins of probability, without the empty ones. */
export function calibrationTable({ calibration }: FullEvaluation, unit: Unit): string {
  const rows = calibration.bins
    .filter(({ count }) => count > 0)
    .map((bin) => [rangeOf(bin), percent(bin.confidence), percent(bin.accuracy), String(bin.count)]);
  const head = ['probability of the prediction', 'mean', 'right', unit];
  return `calibration\n${table({ head, rows, textColumns: [] })}`;
}

/** The most confident mistakes; in a folder of pictures, with their files. */
export function mistakeTable({ classes, mistakes }: FullEvaluation, unit: Unit): string {
  const hasFiles = mistakes.some(({ file }) => file !== undefined);
  const rows = mistakes.map(({ index, actual, predicted, probability, file, line }) => [
    String(line ?? index),
    ...(hasFiles ? [file ?? ''] : []),
    classes[actual]!.name,
    classes[predicted]!.name,
    percent(probability),
  ]);
  const head = [place(unit), ...(hasFiles ? ['file'] : []), 'true class', 'predicted', 'probability'];
  return `most confident mistakes\n${table({ head, rows, textColumns: hasFiles ? [1, 2, 3] : [1, 2] })}`;
}

/** The measures of predicted numbers. */
export function numberTable(evaluation: NumberEvaluation): string {
  return table({ head: ['measure', 'value'], rows: numberRows(evaluation) });
}

/** The predictions that are furthest from their targets. */
export function largestErrorTable({ largestErrors }: NumberEvaluation, unit: Unit): string {
  const rows = largestErrors.map(({ index, line, actual, predicted }) => [
    String(line ?? index),
    ...[actual, predicted].map(numberText),
    shortNumber(predicted - actual),
  ]);
  return `largest errors\n${table({ head: [place(unit), 'target', 'predicted', 'error'], rows, textColumns: [] })}`;
}

/** What says where an example is from: its number, or its line in the table. */
function place(unit: Unit): string {
  return unit === 'rows' ? 'line' : 'image';
}

function table(options: TextTableOptions): string {
  return textTable({ ...options, columns: terminalColumns() });
}

/** `53.33 % – 60.00 %` */
function rangeOf({ from, to }: CalibrationBin): string {
  return `${percent(from)} – ${percent(to)}`;
}

function classHead(unit: Unit): string[] {
  return ['class', 'precision', 'recall', 'F1', unit];
}

function classRows(classes: FullEvaluation['classes']): string[][] {
  return classes.map((report) => [report.name, ...shares(report), String(report.support)]);
}
