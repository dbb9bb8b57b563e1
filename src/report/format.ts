import type { MeanReport } from '../train/metrics.ts';

/** 0.874 becomes `87.40 %`. The space does not break, so that the sign stays beside its number. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)}\u00a0%`;
}

/** Precision, recall and F1 as cells of a table; a dash for an undefined one. */
export function shares({ precision, recall, f1 }: MeanReport): string[] {
  return [precision, recall, f1].map((share) => (Number.isNaN(share) ? '–' : share.toFixed(3)));
}

/** 53354 becomes 53,354; rounded to a whole number. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
