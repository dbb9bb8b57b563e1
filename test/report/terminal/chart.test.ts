import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { terminalChart } from '../../../src/report/terminal/chart.ts';

test('a falling line: one dot a column, the ends in the corners, labels on the axes', () => {
  const y = [7, 6, 5, 4, 3, 2, 1, 0];
  assert.equal(terminalChart({ x: [0.001, 0, 0, 0, 0, 0, 0, 0.123], y, width: 4, height: 2 }).split('\n'), [
    '7.00 ┤⠑⢄⠀⠀',
    '0.00 ┤⠀⠀⠑⢄',
    '     └────',
    '      0.0010.12',
  ]);
});

test('a step is joined by the dots of a column, down and up', () => {
  const [x, width, height] = [[1, 2, 3, 4], 2, 2];
  const lines = (y: number[]): string[] => terminalChart({ x, y, width, height }).split('\n').slice(0, 2);
  assert.equal(lines([1, 1, 0, 0]), ['1.00 ┤⢹⠀', '0.00 ┤⠸⣀']);
  assert.equal(lines([0, 0, 1, 1]), ['1.00 ┤⢰⠉', '0.00 ┤⣸⠀']);
});

test('equal values are a line at the bottom', () => {
  assert.equal(terminalChart({ x: [1, 2], y: [3, 3], width: 2, height: 1 }).split('\n')[0], '3.00 ┤⣀⣀');
});

test.run();
