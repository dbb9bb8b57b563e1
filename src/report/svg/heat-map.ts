import { escapeHtml } from '../html/page.ts';
import { shortenMiddle, visible } from '../../visible.ts';
import { coordinate, type Size, textWidth } from './figure.ts';
import type { Theme } from './theme.ts';

export interface HeatMap extends Size {
  readonly body: string;
}

/** With more classes than this, there is no room for numbers in cells and names on axes. */
export const maxNamed = 20;
const nameLetters = 14;
const levels = 10;
/** The opacity of the strongest colour: a number on it must be readable on light and on dark pages. */
const strongest = 0.55;

/**
 * A heat map of a square matrix of counts. The strength of a cell's colour is the square root of its share of the row, so
 * that small shares can be seen. For many classes, cells have no numbers, and the strengths are rounded up to tenths.
 */
export function heatMap(
  counts: readonly (readonly number[])[],
  names: readonly string[],
  rowName: string,
  columnName: string,
  theme: Theme,
): HeatMap {
  return names.length <= maxNamed
    ? namedHeatMap(counts, names, rowName, columnName, theme)
    : denseHeatMap(counts, rowName, columnName, theme);
}

/** The strength of the colour of each cell: √(share of the row), 0 to 1. */
function strengths(row: readonly number[]): number[] {
  const total = row.reduce((sum, count) => sum + count, 0);
  return row.map((count) => (total === 0 ? 0 : Math.sqrt(count / total)));
}

function namedHeatMap(
  counts: readonly (readonly number[])[],
  fullNames: readonly string[],
  rowName: string,
  columnName: string,
  theme: Theme,
): HeatMap {
  const names = fullNames.map((name) => shortenMiddle(visible(name), nameLetters));
  const digits = Math.max(...counts.flat().map((count) => String(count).length));
  const cell = Math.max(34, Math.ceil(textWidth('0'.repeat(digits)) + 8));
  const margin = Math.ceil(Math.max(...names.map((name) => textWidth(name)))) + 14;
  const [left, top] = [margin + 20, margin + 24];
  const size = cell * names.length;
  const parts = [...axisNames(left, top, size, rowName, columnName, theme)];
  for (const [index, name] of names.entries()) {
    const middle = index * cell + cell / 2;
    parts.push(
      `<text x="${left - 8}" y="${top + middle}" dy="0.35em" text-anchor="end" fill="${theme.quiet}">${escapeHtml(name)}</text>`,
      `<text transform="translate(${left + middle} ${top - 8}) rotate(-90)" dy="0.35em" fill="${theme.quiet}">${escapeHtml(name)}</text>`,
    );
  }
  for (const [row, rowCounts] of counts.entries()) {
    const strength = strengths(rowCounts);
    for (const [column, count] of rowCounts.entries()) {
      const [x, y] = [left + column * cell, top + row * cell];
      const opacity = coordinate(strongest * strength[column]!);
      parts.push(
        `<rect x="${x}" y="${y}" width="${cell}" height="${cell}" fill="${theme.first}" fill-opacity="${opacity}" stroke="${theme.line}"/>` +
          `<text x="${x + cell / 2}" y="${y + cell / 2}" dy="0.35em" text-anchor="middle" fill="${count > 0 ? theme.text : theme.quiet}"${row === column ? ' font-weight="bold"' : ''}>${count}</text>`,
      );
    }
  }
  return { ...sizeWith(left, top, size, columnName), body: parts.join('\n') };
}

function denseHeatMap(
  counts: readonly (readonly number[])[],
  rowName: string,
  columnName: string,
  theme: Theme,
): HeatMap {
  const cell = Math.max(2, Math.floor(640 / counts.length));
  const [left, top] = [64, 48];
  const size = cell * counts.length;
  const paths = Array.from({ length: levels }, () => '');
  for (const [row, rowCounts] of counts.entries()) {
    for (const [column, strength] of strengths(rowCounts).entries()) {
      if (strength === 0) continue;
      const level = Math.ceil(strength * levels) - 1;
      paths[level] += `M${left + column * cell} ${top + row * cell}h${cell}v${cell}h-${cell}z`;
    }
  }
  const parts = [
    ...axisNames(left, top, size, rowName, columnName, theme),
    ...paths.map((path, level) =>
      path === ''
        ? ''
        : `<path d="${path}" fill="${theme.first}" fill-opacity="${coordinate((level + 1) / levels)}"/>`,
    ),
    `<rect x="${left}" y="${top}" width="${size}" height="${size}" fill="none" stroke="${theme.quiet}"/>`,
  ];
  const step = 10 ** Math.floor(Math.log10(counts.length - 1));
  for (let index = 0; index < counts.length; index += step) {
    const middle = index * cell + cell / 2;
    parts.push(
      `<text x="${left - 6}" y="${top + middle}" dy="0.35em" text-anchor="end" fill="${theme.quiet}">${index}</text>`,
      `<text x="${left + middle}" y="${top - 8}" text-anchor="middle" fill="${theme.quiet}">${index}</text>`,
    );
  }
  return { ...sizeWith(left, top, size, columnName), body: parts.join('\n') };
}

/** The names of both axes. They start at a corner of the square because they may be longer than it. */
function axisNames(
  left: number,
  top: number,
  size: number,
  rowName: string,
  columnName: string,
  theme: Theme,
): string[] {
  return [
    `<text x="${left}" y="14" fill="${theme.text}">${escapeHtml(columnName)}</text>`,
    `<text transform="translate(12 ${top + size}) rotate(-90)" fill="${theme.text}">${escapeHtml(rowName)}</text>`,
  ];
}

function sizeWith(left: number, top: number, size: number, columnName: string): Size {
  return { width: left + Math.max(size + 2, Math.ceil(textWidth(columnName))), height: top + size + 2 };
}
