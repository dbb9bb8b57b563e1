import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const main = join(import.meta.dirname, 'main.ts');

function fuzz(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
}

test('a second of command lines: the figures, the seed, and no finding', () => {
  const { status, stdout } = fuzz('--seconds', '1', '--only', 'command-lines', '--seed', '3');
  assert.is(status, 0, stdout);
  assert.match(stdout, /^seed 3\n/);
  assert.match(stdout, /│ command lines │ +\d+ │ +\d+ │ +\d+ │ +[\d.]+ │ +\d+ │ +– │ +– │ +0 │/);
  assert.match(stdout, /\n0 findings; seed 3\n$/);
});

test('a part that is not there is a mistake on the command line', () => {
  const { status, stderr } = fuzz('--only', 'pixels');
  assert.is(status, 2);
  assert.match(stderr, /^fuzz: .*"pixels".*\n$/);
});

test.run();
