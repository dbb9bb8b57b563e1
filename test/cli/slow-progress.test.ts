import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { slowProgress } from '../../src/cli/framework/slow-progress.ts';

test('says how far it is after a second, then every three', () => {
  const now = performance.now.bind(performance);
  const error = console.error.bind(console);
  let milliseconds = 500;
  const lines: [number, unknown][] = [];
  performance.now = () => milliseconds;
  console.error = (line: unknown) => lines.push([milliseconds, line]);
  try {
    const progress = slowProgress('reading');
    for (; milliseconds <= 9000; milliseconds += 100) progress(milliseconds, 12_000);
  } finally {
    performance.now = now;
    console.error = error;
  }
  assert.equal(lines, [
    [1500, 'reading: 1,500 of 12,000'],
    [4500, 'reading: 4,500 of 12,000'],
    [7500, 'reading: 7,500 of 12,000'],
  ]);
});

test.run();
