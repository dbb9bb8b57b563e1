/** What a table is to predict: a class, or a number. */
import { showValue } from '../../show-value.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { maxClasses } from '../dataset.ts';
import { DataError } from '../idx/idx.ts';
import { isMissing, numberIn } from './cells.ts';
import type { Table } from './csv.ts';
import { cellsOf, checkedNumber } from './features.ts';

export const tasks = ['classification', 'regression'] as const;
export type Task = (typeof tasks)[number];

/** Whole numbers are classes if there are no more different ones than this. */
const maxNumberClasses = 20;

export interface Target {
  readonly name: string;
  readonly task: Task;
  /** In the order of the outputs; none for regression. */
  readonly classNames: readonly string[];
  /** Why it is this task, for people. */
  readonly reason: string;
}

/**
 * Finds out what a column is: text is classes; so are whole numbers, if at most 20 are different; other numbers are numbers.
 *
 * @param asked overrides this
 * @throws DataError for a target without a value in some row, of one value, or of too many classes
 */
export function chooseTarget(table: Table, name: string, asked?: Task): Target {
  const cells = cellsOf(table, name);
  checkFilled(table, name, cells);
  const different = [...new Set(cells)];
  const isNumeric = different.every((cell) => !Number.isNaN(numberIn(cell)));
  const values = [...new Set(different.map((cell) => (isNumeric ? String(numberIn(cell)) : cell)))];
  if (values.length === 1) {
    throw new DataError(
      `${table.path}: ${name} is ${showValue(values[0])} in all ${cells.length} rows: there is nothing to learn`,
    );
  }
  const areWhole = isNumeric && different.every((cell) => Number.isInteger(numberIn(cell)));
  const isFew = areWhole && values.length <= maxNumberClasses;
  const task = asked ?? (isNumeric && !isFew ? 'regression' : 'classification');
  if (task === 'regression') {
    for (const [row, cell] of cells.entries()) checkedNumber(table, row, name, cell);
    const reason = areWhole ? `${values.length} different whole numbers` : 'numbers';
    return { name, task, classNames: [], reason };
  }
  const what = isNumeric ? (areWhole ? 'whole numbers' : 'numbers') : 'texts';
  if (values.length > maxClasses || (values.length > 2 && 2 * values.length > cells.length)) {
    const advice = isNumeric ? '--task regression predicts numbers' : 'choose another column';
    throw new DataError(
      `${table.path}: ${name} has ${values.length} different ${what} in ${cells.length} rows, too many for classes ` +
        `(at most ${maxClasses}, each in 2 rows or more on average); ${advice}`,
    );
  }
  const classNames = isNumeric ? values.toSorted((a, b) => Number(a) - Number(b)) : values.toSorted();
  return { name, task, classNames, reason: `${values.length} different ${what}` };
}

function checkFilled({ path, lines }: Table, name: string, cells: readonly string[]): void {
  const missing = cells.flatMap((cell, row) => (isMissing(cell) ? [row] : []));
  if (missing.length === 0) return;
  const all = missing.length === 1 ? '' : ` (and in ${missing.length - 1} more)`;
  throw new DataError(
    `${path}: line ${lines[missing[0]!]}${all}: ${name}, the target, has no value; fill it in, or remove the row`,
  );
}

/**
 * The targets of all rows: class indices uint8 [rows], or numbers float32 [rows, 1].
 *
 * @throws DataError that names the line of a class that is not known, or of what is no number
 */
export function encodeTarget(
  table: Table,
  { name, task, classNames }: Pick<Target, 'name' | 'task' | 'classNames'>,
): Tensor<'uint8'> | Tensor<'float32'> {
  const cells = cellsOf(table, name);
  checkFilled(table, name, cells);
  if (task === 'regression') {
    const values = Float32Array.from(cells, (cell, row) => checkedNumber(table, row, name, cell));
    return Tensor.from('float32', [cells.length, 1], values, 'targets');
  }
  const indexOf = classIndex(classNames);
  const labels = Uint8Array.from(cells, (cell, row) => {
    const index = indexOf(cell);
    if (index !== undefined) return index;
    throw new DataError(
      `${table.path}: line ${table.lines[row]}: ${name} is ${showValue(cell)}, which is none of the classes ${classNames.join(', ')}`,
    );
  });
  return Tensor.from('uint8', [cells.length], labels, 'labels');
}

/** Finds the index of a class by the text of a cell: for classes that are numbers, 1.0 is 1. */
function classIndex(classNames: readonly string[]): (cell: string) => number | undefined {
  const indices = new Map(classNames.map((className, index) => [className, index]));
  return (cell) => indices.get(cell) ?? indices.get(String(numberIn(cell)));
}
