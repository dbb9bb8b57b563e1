import { isMissing, numberIn } from './cells.ts';
import type { Table } from './csv.ts';

/** What is in a column, as far as its cells tell. */
export interface ColumnDescription {
  readonly name: string;
  /** All of its cells, most of them, or none of them are numbers. */
  readonly holds: 'numbers' | 'texts' | 'texts and numbers' | 'nothing';
  readonly missing: number;
  readonly different: number;
  /** Of its numbers; null without any. */
  readonly numbers: {
    readonly minimum: number;
    readonly mean: number;
    readonly standardDeviation: number;
    readonly maximum: number;
  } | null;
  /** The most frequent values, the first of them the most frequent. */
  readonly frequent: readonly { readonly value: string; readonly count: number }[];
}

const frequentCount = 3;

export function describeTable({ names, cells }: Table): ColumnDescription[] {
  return names.map((name, column) => describeColumn(name, cells[column]!));
}

function describeColumn(name: string, cells: readonly string[]): ColumnDescription {
  const filled = cells.filter((cell) => !isMissing(cell));
  const counts = new Map<string, number>();
  for (const cell of filled) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const numbers = filled.map(numberIn).filter((value) => !Number.isNaN(value));
  const isAll = numbers.length === filled.length;
  return {
    name,
    holds:
      filled.length === 0
        ? 'nothing'
        : isAll
          ? 'numbers'
          : numbers.length > 0
            ? 'texts and numbers'
            : 'texts',
    missing: cells.length - filled.length,
    different: counts.size,
    numbers: numbers.length === 0 ? null : statisticsOf(numbers),
    frequent: [...counts]
      .toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, frequentCount)
      .map(([value, count]) => ({ value, count })),
  };
}

function statisticsOf(numbers: readonly number[]): NonNullable<ColumnDescription['numbers']> {
  const n = numbers.length;
  const mean = numbers.reduce((sum, value) => sum + value / n, 0);
  const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2 / n, 0);
  return {
    minimum: numbers.reduce((a, b) => Math.min(a, b)),
    mean,
    standardDeviation: Math.sqrt(variance),
    maximum: numbers.reduce((a, b) => Math.max(a, b)),
  };
}
