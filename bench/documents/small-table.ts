/** The tables of `bench small`. */
import { figuresOf } from '../small/figures.ts';
import type { MeasuredRow, SmallResult, SmallRow, Times } from '../small/result.ts';
import { markdownTable, measuredOn, withRange } from './markdown.ts';

/** A row for each library that ran. Below: which could not be installed, and which one learns in another way. */
export function smallTable(result: SmallResult): string {
  const rows = result.rows
    .filter(isMeasured)
    .map((row) => [
      row.name,
      ...figuresOf(row),
      row.ratio === null ? '' : withRange(row.ratio.ratio, row.ratio.range),
    ]);
  const head = [
    'a spiral of 600 points',
    'lines',
    'packages',
    'MB installed',
    'page, kB',
    'training, s',
    'whole process, s',
    'accuracy, %',
    'weft trains × as fast',
  ];
  const remarks = result.rows.flatMap((row) => remarkOf(row) ?? []);
  return [markdownTable(head, rows, 1), ...remarks, measuredOn(result)].join('\n\n');
}

/** The version of each library, and the spread of its times. */
export function smallDetailsTable(result: SmallResult): string {
  const rows = result.rows
    .filter(isMeasured)
    .map((row) => [
      row.name,
      row.version,
      ...rangeOf(row.training),
      ...rangeOf(row.process),
      percents(row.accuracies),
    ]);
  const head = [
    'library',
    'first package',
    'training, s',
    'p10 – p90',
    'process, s',
    'p10 – p90',
    'accuracy, % (range)',
  ];
  return markdownTable(head, rows, 2);
}

function isMeasured(row: SmallRow): row is MeasuredRow {
  return row.status === 'measured';
}

function remarkOf(row: SmallRow): string | null {
  if (row.status === 'failed') return `${row.name}: ${row.reason}.`;
  return row.differs === undefined ? null : `${row.name} ${row.differs}.`;
}

function rangeOf({ median, p10, p90 }: Times): string[] {
  const [middle, low, high] = [median, p10, p90].map((seconds) => seconds.toPrecision(3));
  return [middle!, `${low} – ${high}`];
}

function percents(accuracies: readonly number[]): string {
  return [Math.min(...accuracies), Math.max(...accuracies)]
    .map((accuracy) => (100 * accuracy).toFixed(1))
    .join(' – ');
}
