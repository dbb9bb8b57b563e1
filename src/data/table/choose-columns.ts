import { showValue } from '../../show-value.ts';
import { DataError } from '../idx/idx.ts';
import { brokenNumber, isMissing, numberIn } from './cells.ts';
import type { Table } from './csv.ts';
import { cellsOf, checkedNumber, type FeatureColumn } from './features.ts';

/** With more different texts, a column is an identifier, a date or a sentence rather than a category. */
const maxCategories = 100;
/** Nor so many where a column is named as one of categories: each is a feature. */
const mostCategories = 1000;
/** If so many of the cells are numbers, the others are mistakes. */
const mostlyNumbers = 0.9;

export interface ColumnChoice {
  readonly target: string;
  /** Columns to leave out, and columns whose numbers are names of categories. */
  readonly ignore: readonly string[];
  readonly categorical: readonly string[];
  /** Positions of the training rows: only they say what the categories and the means are. */
  readonly trainingRows: ArrayLike<number>;
}

/**
 * Decides for each column but the target how it becomes features. A column of numbers is a number; one of texts is a
 * category, if the texts are few enough. A column that says nothing, or too much, is ignored.
 *
 * @returns also a remark for each column that is ignored
 * @throws DataError that names the line of a cell that spoils a column of numbers; or if no column is left
 */
export function chooseColumns(
  table: Table,
  { target, ignore, categorical, trainingRows }: ColumnChoice,
): { readonly columns: readonly FeatureColumn[]; readonly remarks: readonly string[] } {
  for (const name of [...ignore, ...categorical]) cellsOf(table, name); // they exist
  const columns: FeatureColumn[] = [];
  const remarks: string[] = [];
  for (const name of table.names) {
    if (name === target || ignore.includes(name)) continue;
    const choice = chooseColumn(table, name, categorical.includes(name), trainingRows);
    if (typeof choice === 'string') remarks.push(`${name}: ${choice}: ignored`);
    else columns.push(choice);
  }
  if (columns.length > 0) return { columns, remarks };
  const reasons = remarks.length === 0 ? '' : ` (${remarks.join('; ')})`;
  throw new DataError(`${table.path}: there is no column to predict ${showValue(target)} from${reasons}`);
}

/** @returns the column; or why it is ignored */
function chooseColumn(
  table: Table,
  name: string,
  isNamedCategorical: boolean,
  trainingRows: ArrayLike<number>,
): FeatureColumn | string {
  const cells = cellsOf(table, name);
  const training = Array.from(trainingRows, (row) => cells[row]!).filter((cell) => !isMissing(cell));
  if (training.length === 0) return 'no training row has a value';
  if (!isNamedCategorical && isOfNumbers(table, name, cells)) {
    if (numbersRows(cells)) return 'it numbers the rows';
    const values = training.map(numberIn);
    const mean = values.reduce((sum, value) => sum + value / values.length, 0);
    return values.every((value) => value === values[0])
      ? `all training rows have ${values[0]}`
      : { name, kind: 'number', mean };
  }
  const categories = [...new Set(training)].toSorted();
  const hasGaps = training.length < trainingRows.length;
  if (categories.length === 1 && !hasGaps) return `all training rows have ${showValue(categories[0])}`;
  const isTooMany = categories.length > maxCategories || 2 * categories.length > training.length;
  if (isTooMany && !isNamedCategorical) {
    return `${categories.length} different texts in ${training.length} training rows`;
  }
  if (categories.length > mostCategories) {
    throw new DataError(
      `${table.path}: ${name} has ${categories.length.toLocaleString('en-US')} categories; a column has at most ` +
        mostCategories.toLocaleString('en-US'),
    );
  }
  return { name, kind: 'category', categories };
}

/** Whether a column counts the rows, from 0 or 1: it would tell the network where a row stood in the file. */
function numbersRows(cells: readonly string[]): boolean {
  const first = numberIn(cells[0]!);
  return (
    cells.length > 2 &&
    (first === 0 || first === 1) &&
    cells.every((cell, row) => numberIn(cell) === first + row)
  );
}

/** @throws DataError for a single text, or a broken number, among numbers */
function isOfNumbers(table: Table, name: string, cells: readonly string[]): boolean {
  let [numbers, meant, filled] = [0, 0, 0];
  let firstText = -1;
  for (const [row, cell] of cells.entries()) {
    if (isMissing(cell)) continue;
    filled += 1;
    if (!Number.isNaN(numberIn(cell))) {
      numbers += 1;
      continue;
    }
    if (brokenNumber(cell) !== null) meant += 1;
    if (firstText < 0) firstText = row;
  }
  if (numbers + meant < mostlyNumbers * filled) return false;
  if (firstText >= 0) checkedNumber(table, firstText, name, cells[firstText]!);
  // a number that is too large is an error in any row
  for (const [row, cell] of cells.entries()) if (!isMissing(cell)) checkedNumber(table, row, name, cell);
  return numbers > 0;
}
