import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadWarning, warn } from '../../bench/machine.ts';

test('other work: a load above a half, or a loop that is held up, each is enough', () => {
  assert.is(loadWarning(0.3, 1.01), null);
  const busy = 'other work makes every figure here worse';
  assert.is(
    loadWarning(2.5, 1.01),
    `the machine is busy (load 2.50; a fixed loop takes 1.01 times its shortest time): ${busy}`,
  );
  assert.is(
    loadWarning(0, 1.3),
    `the machine is busy (load 0.00; a fixed loop takes 1.30 times its shortest time): ${busy}`,
  );
  // measured: the mean of a loop's times is no less than the shortest
  const measured = /a fixed loop takes ([\d.]+) times/.exec(loadWarning(99)!);
  assert.ok(Number(measured![1]) >= 1);
});

test('strict refuses what else is a warning', () => {
  warn(null, true);
  assert.throws(
    () => warn('the machine is busy', true),
    /^the machine is busy; --strict: nothing was measured$/,
  );
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: string) => lines.push(line);
  try {
    warn('the machine is busy', false);
  } finally {
    console.log = log;
  }
  assert.equal(lines, ['warning: the machine is busy']);
});

test.run();
