import Table from 'cli-table3';

export interface TextTableOptions {
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** The columns that hold text, counted from 0: the first by default. The others hold numbers, aligned to the right. */
  readonly textColumns?: readonly number[];
}

/** A table for the terminal. */
export function textTable({ head, rows, textColumns = [0] }: TextTableOptions): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (textColumns.includes(column) ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
