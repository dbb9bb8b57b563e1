import type { NumberEvaluation } from '../train/number-evaluation.ts';
import type { MeanReport } from '../train/metrics.ts';

/** 0.874 becomes `87.40 %`. The space does not break, so that the sign stays beside its number. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)}\u00a0%`;
}

/** Precision, recall and F1 as cells of a table; a dash for an undefined one. */
export function shares({ precision, recall, f1 }: MeanReport): string[] {
  return [precision, recall, f1].map((share) => (Number.isNaN(share) ? '–' : share.toFixed(3)));
}

/** A number of any size, in five digits: 0.012346, 1234.6, 1.2346e+21. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(5)));
}

/** A target or a prediction: a float32 has about seven digits. */
export function numberText(value: number): string {
  return String(Number(value.toPrecision(7)));
}

/** The measures of predicted numbers, a row each. */
export function numberRows(measures: NumberEvaluation): string[][] {
  return [
    ['mean absolute error', shortNumber(measures.meanAbsoluteError)],
    ['root mean squared error', shortNumber(measures.rootMeanSquaredError)],
    ['R²', Number.isNaN(measures.r2) ? '–' : measures.r2.toFixed(3)],
    ['half of the errors are at most', shortNumber(measures.medianError)],
    ['nine of ten errors are at most', shortNumber(measures.ninetiethPercentError)],
  ];
}

/** 53354 becomes 53,354; rounded to a whole number. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
