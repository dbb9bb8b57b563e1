/** Reader for tables of text: a line with the names of the columns, then a line for each row (RFC 4180 and its relatives). */
import { isUtf8 } from 'node:buffer';
import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { readRegularFile } from '../../read-file.ts';
import { showValue } from '../../show-value.ts';
import { DataError, sha256 } from '../idx/idx.ts';
import { delimiterOf } from './delimiter.ts';

export interface Table {
  /** As it was given, for messages. */
  readonly path: string;
  readonly names: readonly string[];
  /** The cells of each column, as text without blanks around it. */
  readonly cells: readonly (readonly string[])[];
  /** For each row, the line of the file on which it ends, from 1. */
  readonly lines: readonly number[];
  /** SHA-256 of the file. */
  readonly sha256: string;
}

/** What one table may cost: as text, its cells take more memory than as numbers. */
export const tableBudget: Readonly<Record<'bytes' | 'columns' | 'cells' | 'cellBytes', number>> = {
  bytes: 2 ** 27,
  columns: 10_000,
  cells: 20_000_000,
  cellBytes: 2 ** 20,
};

/** Whether a file is read as a table, by its name. */
export function isTableFile(path: string): boolean {
  return /\.(csv|tsv|txt)$/i.test(path);
}

/** @throws DataError that begins with the path, and names the line where one is wrong */
export function readCsv(path: string): Table {
  let bytes: Buffer;
  try {
    bytes = readRegularFile(path, { maxBytes: tableBudget.bytes });
  } catch (error) {
    throw new DataError(`${path}: cannot read the table: ${(error as Error).message}`, { cause: error });
  }
  return parseCsv(bytes, path);
}

/** @param path for messages @throws DataError */
export function parseCsv(bytes: Buffer, path: string): Table {
  checkText(bytes, path);
  const rows = new Rows(path);
  try {
    parse(bytes, {
      bom: true,
      delimiter: delimiterOf(bytes),
      trim: true,
      skip_empty_lines: true,
      // spreadsheets end with such rows
      skip_records_with_empty_values: true,
      max_record_size: tableBudget.columns * 16 + tableBudget.cellBytes,
      on_record: (record: string[], { lines }) => {
        rows.add(record, lines);
        return null;
      },
    });
  } catch (error) {
    throw error instanceof CsvError
      ? new DataError(`${path}: ${describe(error, rows.nextLine)}`, { cause: error })
      : error;
  }
  return rows.finish(sha256(bytes));
}

/** Gathers the cells by column. */
class Rows {
  readonly #path: string;
  readonly #lines: number[] = [];
  #names: readonly string[] | undefined;
  #cells: readonly string[][] = [];
  #lastLine = 0;

  constructor(path: string) {
    this.#path = path;
  }

  add(record: readonly string[], line: number): void {
    this.#lastLine = line;
    if (this.#names === undefined) {
      this.#names = checkNames(record, this.#path);
      this.#cells = record.map(() => []);
      return;
    }
    this.#lines.push(line);
    for (const [column, cell] of record.entries()) this.#cells[column]!.push(cell);
    if (this.#lines.length * record.length > tableBudget.cells) {
      throw new DataError(
        `${this.#path}: more than ${tableBudget.cells.toLocaleString('en-US')} cells, by line ${line}: a table has at most ` +
          'that many',
      );
    }
  }

  /** The line on which the next row begins, but for empty lines. */
  get nextLine(): number {
    return this.#lastLine + 1;
  }

  finish(checksum: string): Table {
    if (this.#names === undefined) {
      throw new DataError(`${this.#path}: the table is empty; its first line must name the columns`);
    }
    if (this.#lines.length === 0) {
      throw new DataError(`${this.#path}: the table has names of columns but no rows`);
    }
    return {
      path: this.#path,
      names: this.#names,
      cells: this.#cells,
      lines: this.#lines,
      sha256: checksum,
    };
  }
}

/** A column without a name, as pandas writes its index, is called by its position. */
function checkNames(record: readonly string[], path: string): string[] {
  if (record.length > tableBudget.columns) {
    throw new DataError(
      `${path}: it has ${record.length.toLocaleString('en-US')} columns; a table has at most ` +
        tableBudget.columns.toLocaleString('en-US'),
    );
  }
  if (record.length === 1) {
    throw new DataError(
      `${path}: only one column, ${showValue(record[0])}: expected columns with commas, semicolons or tabs between them`,
    );
  }
  if (record.every((cell) => cell === '' || Number.isFinite(Number(cell)))) {
    throw new DataError(`${path}: its first line has only numbers; it must name the columns`);
  }
  const names = record.map((name, column) => (name === '' ? `column ${column + 1}` : name));
  const twice = names.find((name, column) => names.indexOf(name) !== column);
  if (twice !== undefined) {
    const [first, second] = names.flatMap((name, column) => (name === twice ? [column + 1] : []));
    throw new DataError(
      `${path}: columns ${first} and ${second} have the same name, ${showValue(twice)}; rename one`,
    );
  }
  return names;
}

/** @throws DataError for what is no text in UTF-8, the formats that people mistake for it by name */
function checkText(bytes: Buffer, path: string): void {
  const binary = binaryFormat(bytes);
  if (binary !== null)
    throw new DataError(`${path}: this is ${binary}, not a table as text; export it as CSV`);
  if (isUtf8(bytes)) return;
  const lineFeed = 10;
  for (let line = 1, from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(lineFeed, from);
    const to = end < 0 ? bytes.length : end + 1;
    if (!isUtf8(bytes.subarray(from, to))) {
      throw new DataError(`${path}: line ${line} is not in UTF-8; save the file in this encoding`);
    }
    from = to;
  }
}

function binaryFormat(bytes: Buffer): string | null {
  const start = bytes.toString('latin1', 0, 4);
  if (start === 'PK\x03\x04') return 'a ZIP archive or a workbook (xlsx, ods)';
  if (start === 'PAR1') return 'a Parquet file';
  if (start.startsWith('\x1f\x8b')) return 'a gzipped file';
  if (start.startsWith('\xff\xfe') || start.startsWith('\xfe\xff')) return 'UTF-16';
  return bytes.includes(0) ? 'a binary file' : null;
}

/** What is wrong with a line, in one sentence. @param nextLine the line behind the last row that was read */
function describe(error: CsvError, nextLine: number): string {
  const { code, message, lines, record } = error as CsvError & Readonly<Record<string, unknown>>;
  const line = `line ${Number(lines)}`;
  if (code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH') {
    const [, expected = '?'] = /expect (\d+)/.exec(message) ?? [];
    const found = (record as string[]).length;
    return `${line} has ${found} cell${found === 1 ? '' : 's'}, the first line has ${expected}`;
  }
  // the parser names the last line of the file
  if (code === 'CSV_QUOTE_NOT_CLOSED') return `line ${nextLine}: a quote (") begins and does not end`;
  if (code === 'INVALID_OPENING_QUOTE') {
    return `${line}: a quote (") in the middle of a cell: quote the whole cell, and write "" for each quote in it`;
  }
  if (code === 'CSV_INVALID_CLOSING_QUOTE') {
    return `${line}: text behind the quote (") that ends a cell: write "" for a quote inside`;
  }
  if (code === 'CSV_MAX_RECORD_SIZE') return `${line} is longer than a line may be`;
  return `${line}: cannot be read: ${message}`;
}
