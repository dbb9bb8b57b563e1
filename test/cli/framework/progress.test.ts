import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startProgress } from '../../../src/cli/framework/progress.ts';

/** The lines on stderr, with their times, of a task that reports every 100 ms from 500 to 9000 ms. */
function linesOf(options: Partial<Parameters<typeof startProgress>[0]>): [number, unknown][] {
  const now = performance.now.bind(performance);
  const error = console.error.bind(console);
  const { isTTY } = process.stderr;
  let milliseconds = 500;
  const lines: [number, unknown][] = [];
  performance.now = () => milliseconds;
  console.error = (line: unknown) => lines.push([milliseconds, line]);
  process.stderr.isTTY = false;
  try {
    const progress = startProgress({ task: 'reading', unit: 'pictures', silent: false, ...options });
    for (; milliseconds <= 9000; milliseconds += 100) progress.update(milliseconds, 12_000);
    progress.stop();
  } finally {
    performance.now = now;
    console.error = error;
    process.stderr.isTTY = isTTY;
  }
  return lines;
}

test('without a terminal, a line after a second, then every three', () => {
  assert.equal(linesOf({}), [
    [1500, 'reading: 1,500 of 12,000 pictures'],
    [4500, 'reading: 4,500 of 12,000 pictures'],
    [7500, 'reading: 7,500 of 12,000 pictures'],
  ]);
});

test('a task that ends within the patience, or is silent, prints nothing', () => {
  assert.equal(linesOf({ patienceMilliseconds: 8600 }), []);
  assert.equal(linesOf({ silent: true }), []);
});

test.run();
