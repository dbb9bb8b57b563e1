/** How the columns of a table become the numbers that a network takes, and what is kept of them in the folder of a run. */
import { didYouMean } from '../../closest.ts';
import { showValue } from '../../show-value.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { DataError } from '../idx/idx.ts';
import { brokenNumber, fitsFloat32, isMissing, numberIn } from './cells.ts';
import type { Table } from './csv.ts';

/** A column of numbers: one feature. */
export interface NumberColumn {
  readonly name: string;
  readonly kind: 'number';
  /** That of the training rows, for rows without a value. */
  readonly mean: number;
}

/** A column of categories: for each a feature that is 1 or 0. A row without a value has 0 for all. */
export interface CategoryColumn {
  readonly name: string;
  readonly kind: 'category';
  /** Those of the training rows. */
  readonly categories: readonly string[];
}

export type FeatureColumn = NumberColumn | CategoryColumn;

/** What the features are called, in order: `age`, `colour=red`. */
export function featureNames(columns: readonly FeatureColumn[]): string[] {
  return columns.flatMap((column) =>
    column.kind === 'number'
      ? [column.name]
      : column.categories.map((category) => `${column.name}=${category}`),
  );
}

/** The most numbers in the features of one table: the engines address 2 GiB, which must hold everything else, too. */
const maxNumbers = 2 ** 28;

/**
 * The features of all rows, float32 [rows, features].
 *
 * @returns also remarks about values that are missing, and categories that the training rows do not have
 * @throws DataError that names the line of a cell that is no number
 */
export function encodeFeatures(
  table: Table,
  columns: readonly FeatureColumn[],
): { readonly x: Tensor<'float32'>; readonly remarks: readonly string[] } {
  const rows = table.lines.length;
  const width = featureNames(columns).length;
  if (rows * width > maxNumbers) {
    throw new DataError(
      `${table.path}: ${rows.toLocaleString('en-US')} rows of ${width.toLocaleString('en-US')} features are too many numbers: ` +
        `at most ${maxNumbers.toLocaleString('en-US')}; leave columns out with --ignore`,
    );
  }
  const values = new Float32Array(rows * width);
  const remarks: string[] = [];
  let feature = 0;
  for (const column of columns) {
    const cells = cellsOf(table, column.name);
    const put = (row: number, offset: number, value: number): void => {
      values[row * width + feature + offset] = value;
    };
    if (column.kind === 'number') {
      remarks.push(...encodeNumbers(table, cells, column, (row, value) => put(row, 0, value)));
      feature += 1;
    } else {
      remarks.push(...encodeCategories(cells, column, (row, category) => put(row, category, 1)));
      feature += column.categories.length;
    }
  }
  return { x: Tensor.from('float32', [rows, width], values, 'rows'), remarks };
}

/** @throws DataError if the table has no column of that name */
export function cellsOf({ path, names, cells }: Table, name: string): readonly string[] {
  const column = names.indexOf(name);
  if (column >= 0) return cells[column]!;
  throw new DataError(
    `${path}: no column ${showValue(name)}; ${didYouMean(name, names)}its columns are ${names.join(', ')}`,
  );
}

function encodeNumbers(
  table: Table,
  cells: readonly string[],
  { name, mean }: NumberColumn,
  put: (row: number, value: number) => void,
): string[] {
  let missing = 0;
  for (const [row, cell] of cells.entries()) {
    if (isMissing(cell)) missing += 1;
    put(row, isMissing(cell) ? mean : checkedNumber(table, row, name, cell));
  }
  if (missing === 0) return [];
  return [
    `${name}: ${missing} of ${cells.length} rows have no value; they get the mean of the training rows, ${Number(mean.toPrecision(4))}`,
  ];
}

/** @throws DataError unless the cell holds a number that float32 can hold */
export function checkedNumber({ path, lines }: Table, row: number, name: string, cell: string): number {
  const value = numberIn(cell);
  if (fitsFloat32(value)) return value;
  const where = `${path}: line ${lines[row]}: ${name} is ${showValue(cell)}`;
  if (!Number.isNaN(value)) throw new DataError(`${where}: too large for a float32`);
  const reason = brokenNumber(cell);
  throw new DataError(
    `${where}; ${reason ?? 'expected a number, as on other lines; leave the cell empty if it is not known'}`,
  );
}

function encodeCategories(
  cells: readonly string[],
  { name, categories }: CategoryColumn,
  put: (row: number, category: number) => void,
): string[] {
  const indexOf = new Map(categories.map((category, index) => [category, index]));
  let missing = 0;
  const unknown = new Set<string>();
  let unknownRows = 0;
  for (const [row, cell] of cells.entries()) {
    const index = indexOf.get(cell);
    if (index !== undefined) put(row, index);
    else if (isMissing(cell)) missing += 1;
    else {
      unknownRows += 1;
      unknown.add(cell);
    }
  }
  const remarks: string[] = [];
  if (missing > 0)
    remarks.push(`${name}: ${missing} of ${cells.length} rows have no value: none of the categories`);
  if (unknownRows > 0) {
    const [first] = unknown;
    remarks.push(
      `${name}: ${unknownRows} of ${cells.length} rows have a value that no training row has, such as ${showValue(first)}: ` +
        'none of the categories',
    );
  }
  return remarks;
}
