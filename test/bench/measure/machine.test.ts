import { spawn } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkMachine, otherWorkWarning, warn } from '../../../bench/measure/machine.ts';

test('other work: a fifth of a core or a delayed loop is enough for a warning', () => {
  assert.is(otherWorkWarning({ busyCores: 0.1, delay: 1.01 }), null);
  const busy = 'other work makes every figure here worse';
  assert.is(
    otherWorkWarning({ busyCores: 1.5, delay: 1.01 }),
    `the machine is busy (1.50 cores; a fixed loop takes 1.01 times its shortest time): ${busy}`,
  );
  assert.is(
    otherWorkWarning({ busyCores: 0, delay: 1.3 }),
    `the machine is busy (0.00 cores; a fixed loop takes 1.30 times its shortest time): ${busy}`,
  );
});

test('other work is seen while it goes on: a process that never sleeps takes most of a core', () => {
  const busy = spawn(process.execPath, ['-e', 'for (;;);']);
  try {
    // it looks once in a process
    const { otherWork, machine } = checkMachine(false);
    assert.ok(otherWork.busyCores > 0.3, String(otherWork.busyCores));
    // the mean of a loop's times is no less than the shortest
    assert.ok(otherWork.delay >= 1);
    assert.is(machine['node'], process.versions.node);
    assert.is(checkMachine(true).otherWork, otherWork);
  } finally {
    busy.kill();
  }
});

test('strict turns the warning into an error', () => {
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
