/** The figures of `bench small`, as text. */
import Table from 'cli-table3';
import { spread } from '../measure/spread.ts';
import type { MeasuredRow, SmallRow } from './result.ts';

/** With a smaller accuracy, a library has not learned the task. */
const leastAccuracy = 0.95;

export function printRows(rows: readonly SmallRow[]): void {
  const table = new Table({
    head: ['', 'lines', 'packages', 'MB', 'page, kB', 'training, s', 'process, s', 'accuracy, %'],
    colAligns: ['left', ...Array<'right'>(7).fill('right')],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) if (row.status === 'measured') table.push([row.name, ...figuresOf(row)]);
  console.log(table.toString());
  for (const row of rows) {
    if (row.status === 'failed') console.log(`${row.name}: ${row.reason}`);
    else if (row.differs !== undefined) console.log(`${row.name} ${row.differs}`);
  }
}

/** The figures of a row as text: lines, packages, MB, page, training, process, accuracy. */
export function figuresOf(row: MeasuredRow): string[] {
  const { median } = spread(row.accuracies);
  return [
    `${row.lines}`,
    `${row.packages}`,
    row.megabytes.toPrecision(2),
    row.pageBytes === null ? '–' : (row.pageBytes / 1000).toFixed(0),
    row.training.median.toPrecision(2),
    row.process.median.toPrecision(2),
    `${(100 * median).toFixed(1)}${median < leastAccuracy ? ' (has not learned it)' : ''}`,
  ];
}
