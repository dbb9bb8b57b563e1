import Table from 'cli-table3';
import { displayWidth, fitWidth } from './display-width.ts';
import { visible } from './visible.ts';

export interface TextTableOptions {
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** The columns that hold text, counted from 0: the first by default. The others hold numbers, aligned to the right. */
  readonly textColumns?: readonly number[];
  /** The width of the terminal; any width if left out. */
  readonly columns?: number;
}

/** The shortest form of a text that still tells it from others, in columns; then what must do in narrow terminals. */
const leastText = [14, 8, 4];
const leastHeading = 4;

/** Between columns: with rules, a space on both sides of each rule; without, one space. */
const forms = {
  ruled: (columns: number): number => 3 * columns + 1,
  bare: (columns: number): number => columns - 1,
};

/**
 * A table for the terminal. If it is wider than the terminal, its texts and headings are shortened in their middle; if
 * that is not enough, it has no rules. Numbers stay whole.
 */
export function textTable({ head, rows, textColumns = [0], columns = Infinity }: TextTableOptions): string {
  const lines = [head, ...rows].map((row) => row.map((cell) => visible(String(cell))));
  const isText = head.map((_, column) => textColumns.includes(column));
  const widest = (from: number): number[] =>
    head.map((_, column) => Math.max(1, ...lines.slice(from).map((row) => displayWidth(row[column] ?? ''))));
  const [natural, ofCells] = [widest(0), widest(1)];
  const candidates = [
    { form: 'ruled', least: leastText[0]! } as const,
    ...leastText.map((least) => ({ form: 'bare', least }) as const),
  ].map(({ form, least }) => {
    const room = columns - forms[form](head.length);
    const smallest = natural.map((width, column) =>
      Math.min(width, isText[column] === true ? least : Math.max(ofCells[column]!, leastHeading)),
    );
    const widths = shrink(natural, smallest, room);
    return { form, widths, fits: sum(widths) <= room };
  });
  const { form, widths } = candidates.find(({ fits }) => fits) ?? candidates.at(-1)!;
  const table = new Table({
    head: fitCells(lines[0]!, widths),
    colAligns: isText.map((text) => (text ? 'left' : 'right')),
    style: { head: [], border: [], compact: true, ...(form === 'bare' ? bareStyle : {}) },
    ...(form === 'bare' ? { chars: noRules } : {}),
  });
  table.push(...lines.slice(1).map((row) => fitCells(row, widths)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}

/** The widest line of a text, in columns. */
export function widthOf(text: string): number {
  return Math.max(...text.split('\n').map(displayWidth));
}

function fitCells(row: readonly string[], widths: readonly number[]): string[] {
  return row.map((cell, column) => fitWidth(cell, widths[column]!));
}

/** Makes the widest columns narrower, by no more than is needed and to no less than `least`. */
function shrink(natural: readonly number[], least: readonly number[], columns: number): number[] {
  const widths = [...natural];
  while (sum(widths) > columns) {
    const spare = widths.map((width, column) => (width > least[column]! ? width : 0));
    const most = Math.max(...spare);
    if (most === 0) break;
    widths[spare.indexOf(most)]! -= 1;
  }
  return widths;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0);
}

const bareStyle = { 'padding-left': 0, 'padding-right': 0 };
const rules =
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid';
const noRules = { ...Object.fromEntries(rules.split(' ').map((name) => [name, ''])), middle: ' ' };
