/** A table as a data set: rows for training and test, with all that is needed to read other rows the same way. */
import { basename } from 'node:path';
import { Tensor } from '../../tensor/tensor.ts';
import { splitValidation } from '../batches.ts';
import type { Dataset, PartName } from '../dataset.ts';
import type { Examples } from '../examples.ts';
import { DataError } from '../idx/idx.ts';
import { isMissing } from './cells.ts';
import { chooseColumns } from './choose-columns.ts';
import { readCsv, type Table } from './csv.ts';
import { encodeFeatures, type FeatureColumn } from './features.ts';
import { orderRows } from './order-rows.ts';
import { chooseTarget, encodeTarget, type Target, type Task } from './target.ts';

export interface TableExamples extends Examples {
  /** float32 [rows, features] */
  readonly x: Tensor<'float32'>;
  /** The line of each row in its file. */
  readonly lines: Int32Array;
}

export interface TableDataset extends Dataset<TableExamples> {
  readonly table: TableFormat;
}

/** What was decided when a table was read: the same rows and columns can be read again. */
export interface TableFormat {
  readonly target: string;
  readonly task: Task;
  readonly columns: readonly FeatureColumn[];
  /** Share of the rows that is kept for the test; null where they are in a file of their own. */
  readonly testSplit: number | null;
  readonly testData: string | null;
  /** Of the order of the rows. */
  readonly seed: number;
}

export interface TableOptions {
  readonly target: string;
  /** By the values of the target, if left out. */
  readonly task?: Task | undefined;
  /** Columns to leave out. */
  readonly ignore?: readonly string[] | undefined;
  /** Columns of numbers that are names. */
  readonly categorical?: readonly string[] | undefined;
  /** Share of the rows, without `testData`. */
  readonly testSplit: number;
  /** A table of the same columns, whose rows are for the test. */
  readonly testData?: string | undefined;
  readonly seed: number;
  /** Of the rows for training, how many are used at most; and the share of them that is kept for validation. */
  readonly limit: number;
  readonly validationSplit: number;
}

/** @throws DataError in one line that names the file, and the line and the column where one is wrong */
export function readTable(path: string, options: TableOptions): TableDataset {
  const table = readCsv(path);
  const target = chooseTarget(table, options.target, options.task);
  const y = encodeTarget(table, target);
  const { testSplit, testData, seed, limit, validationSplit } = options;
  const parts = splitRows(y, { testSplit: testData === undefined ? testSplit : null, seed, limit });
  const trainingRows = parts.train.subarray(
    0,
    splitValidation(parts.train.length, validationSplit).train.length,
  );
  if (trainingRows.length === 0 || (testData === undefined && parts.test.length === 0)) {
    throw new DataError(
      `${path}: ${table.lines.length} rows are too few for rows to train on and rows for the test; lower --test-split, ` +
        '--validation-split, or give the test rows with --test-data',
    );
  }
  const { columns, remarks } = chooseColumns(table, {
    target: target.name,
    ignore: options.ignore ?? [],
    categorical: options.categorical ?? [],
    trainingRows,
  });
  const format: TableFormat = {
    target: target.name,
    task: target.task,
    columns,
    testSplit: testData === undefined ? testSplit : null,
    testData: testData ?? null,
    seed,
  };
  const whole = wholeTable(table, format, target.classNames);
  const other = testData === undefined ? null : readCsv(testData);
  const test = other && wholeTable(other, format, target.classNames);
  const name = basename(path);
  return {
    name,
    train: pick(whole.examples, parts.train, 'training'),
    test: test?.examples ?? pick(whole.examples, parts.test, 'test'),
    classNames: target.classNames,
    checksums: {
      [name]: table.sha256,
      ...(other && { [`test rows, ${basename(other.path)}`]: other.sha256 }),
    },
    remarks: [
      describeTask(target),
      ...remarks,
      ...whole.remarks,
      ...(test?.remarks.map((remark) => `${basename(other!.path)}: ${remark}`) ?? []),
    ],
    table: format,
  };
}

function describeTask({ name, task, reason }: Target): string {
  const other = task === 'classification' ? 'predicts numbers' : 'predicts classes';
  const flag = `--task ${task === 'classification' ? 'regression' : 'classification'}`;
  const hint = reason.includes('number') ? `; ${flag} ${other}` : '';
  return `${task} of ${name}: ${reason}${hint}`;
}

/** What a run knows of the table that it was trained on. */
export interface KnownTable {
  readonly format: TableFormat;
  readonly classNames: readonly string[];
  readonly limit: number;
  readonly validationSplit: number;
  /** SHA-256 of its file. */
  readonly checksum: string | undefined;
}

export interface TablePart {
  readonly name: string;
  readonly examples: TableExamples;
  readonly positions: Int32Array;
  /** Whether this is the table that the run was trained on. */
  readonly isKnown: boolean;
  readonly remarks: readonly string[];
}

/**
 * A part of the table that a run was trained on, with the same rows as then; of another table all rows, which are for the
 * test.
 *
 * @throws DataError as `readTable` does
 */
export function readTablePart(
  path: string,
  part: PartName,
  { format, classNames, limit, validationSplit, checksum }: KnownTable,
): TablePart {
  const table = readCsv(path);
  const name = basename(path);
  const isKnown = table.sha256 === checksum;
  if (isKnown && part === 'test' && format.testData !== null) {
    return { ...wholeTable(readCsv(format.testData), format, classNames), name, isKnown };
  }
  const whole = wholeTable(table, format, classNames);
  if (!isKnown) {
    return { ...whole, name, isKnown, positions: part === 'test' ? whole.positions : new Int32Array(0) };
  }
  const { train, test } = splitRows(whole.examples.y, { ...format, limit });
  const split = splitValidation(train.length, validationSplit);
  const positions = part === 'test' ? test : split[part].map((position) => train[position]!);
  return { ...whole, name, isKnown, positions };
}

/** All rows of a table, in their order. */
function wholeTable(
  table: Table,
  format: TableFormat,
  classNames: readonly string[],
): Pick<TablePart, 'examples' | 'positions' | 'remarks'> {
  const { x, remarks } = encodeFeatures(table, format.columns);
  const y = encodeTarget(table, { name: format.target, task: format.task, classNames });
  const lines = Int32Array.from(table.lines);
  return { examples: { x, y, lines }, positions: lines.map((_, row) => row), remarks };
}

export interface TableRows {
  readonly x: Tensor<'float32'>;
  /** Null if the table has no column with the target. */
  readonly y: TableExamples['y'] | null;
  readonly lines: readonly number[];
  readonly remarks: readonly string[];
}

/** Reads rows to predict, which may have no target. @throws DataError as `readTable` does */
export function readRows(path: string, format: TableFormat, classNames: readonly string[]): TableRows {
  const table = readCsv(path);
  // a column that is there and empty is one to fill in
  const target = table.cells[table.names.indexOf(format.target)];
  const hasTarget = target !== undefined && !target.every(isMissing);
  const { x, remarks } = encodeFeatures(table, format.columns);
  const y = hasTarget ? encodeTarget(table, { name: format.target, task: format.task, classNames }) : null;
  return { x, y, lines: table.lines, remarks };
}

interface Parts {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

function splitRows(
  y: TableExamples['y'],
  {
    testSplit,
    seed,
    limit,
  }: { readonly testSplit: number | null; readonly seed: number; readonly limit: number },
): Parts {
  const order = orderRows(y.shape[0]!, seed, y.dtype === 'uint8' ? y.values : undefined);
  const { train, validation: test } = splitValidation(order.length, testSplit ?? 0);
  const rows = (positions: Int32Array): Int32Array => positions.map((position) => order[position]!);
  return { train: rows(train.subarray(0, limit)), test: rows(test) };
}

/** Some of the rows. */
function pick({ x, y, lines }: TableExamples, rows: Int32Array, part: string): TableExamples {
  const width = x.shape[1]!;
  const features = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) {
    features.set(x.values.subarray(row * width, (row + 1) * width), i * width);
  }
  const targets = Array.from(rows, (row) => y.values[row]!);
  return {
    x: Tensor.from('float32', [rows.length, width], features, `${part} rows`),
    y:
      y.dtype === 'uint8'
        ? Tensor.from('uint8', [rows.length], Uint8Array.from(targets), `${part} labels`)
        : Tensor.from('float32', [rows.length, 1], Float32Array.from(targets), `${part} targets`),
    lines: rows.map((row) => lines[row]!),
  };
}
