import { readCsv } from '../../../data/table/csv.ts';
import { type ColumnDescription, describeTable } from '../../../data/table/describe-table.ts';
import { count, shortNumber } from '../../../report/format.ts';
import { textTable } from '../../../text-table.ts';
import { Output } from '../../framework/output.ts';
import { terminalColumns } from '../../framework/terminal-columns.ts';

/** `weft eda` for a table: what each column holds. It writes no page. */
export function edaOfTable(path: string, { json }: { readonly json: boolean }): void {
  const output = new Output({ json, quiet: false });
  const table = readCsv(path);
  const columns = describeTable(table);
  const rows = table.lines.length;
  output.text(`${path}: ${count(rows)} rows, ${count(columns.length)} columns`);
  output.text('');
  output.block(
    textTable({
      head: ['column', 'holds', 'missing', 'different', 'min', 'mean', 's.d.', 'max', 'most frequent'],
      rows: columns.map(cellsOf),
      textColumns: [0, 1, 8],
      columns: terminalColumns(),
    }),
  );
  output.text('');
  output.text(`to learn a column from the others: npm run train -- --data ${path} --target COLUMN`);
  output.event('eda', { data: path, rows, columns });
}

function cellsOf({ name, holds, missing, different, numbers, frequent }: ColumnDescription): string[] {
  const statistics = numbers && [numbers.minimum, numbers.mean, numbers.standardDeviation, numbers.maximum];
  const repeated = frequent.filter((item) => item.count > 1);
  return [
    name,
    holds,
    String(missing),
    String(different),
    ...(statistics?.map(shortNumber) ?? ['', '', '', '']),
    repeated.map(({ value, count: times }) => `${value} (${times})`).join(', '),
  ];
}
