import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

function run(...args: string[]): { status: number | null; lastLine: string } {
  const { status, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, 'run.ts'), ...args], {
    encoding: 'utf8',
  });
  return { status, lastLine: stdout.trim().split('\n').at(-1)! };
}

test('a failing test and a skipped one are counted, and the status is 1', () => {
  const { status, lastLine } = run('test/fixtures/runner/fails.ts');
  assert.is(lastLine, '1 passed, 1 failed, 1 skipped');
  assert.is(status, 1);
});

test('a file without test.run() is a failure', () => {
  const { status, lastLine } = run('test/fixtures/runner/forgotten-run.ts');
  assert.is(lastLine, '0 passed, 1 failed');
  assert.is(status, 1);
});

test('no file at all is a failure', () => {
  assert.is(run('no-such-test').status, 1);
});

test.run();
