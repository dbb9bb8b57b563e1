import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const main = join(import.meta.dirname, '../../bench/main.ts');

function bench(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
}

test('a wrong word on the command line: one line that names the option, status 2', () => {
  for (const [args, message] of [
    [['step', '--pairs', '0'], '--pairs: expected whole numbers above 0, got "0"'],
    [['accuracy', '--seeds', '1,x'], '--seeds: expected whole numbers above 0, got "x"'],
    [['inference', '--batch', '20000'], '--batch-size: there are 10000 images, got 20000'],
    [['step', '--profile', '--engine', 'reference'], '--profile: only the wasm engine has tasks to time'],
    [['accuracy', '--limit', '100'], '--epochs and --limit go with --json: bench/results/ is for whole runs'],
    [['peers', '--batch-size', '64,0'], '--batch-size: expected whole numbers above 0, got "0"'],
    [['scaling', '--batch-sizes', '60001'], '--batch-sizes: there are 60000 images, got 60001'],
    [['step', '--pear', '1'], 'Unknown argument: pear'],
  ] as const) {
    const { status, stderr } = bench(...args);
    assert.is(stderr, `bench: ${message}\n`);
    assert.is(status, 2);
  }
});

test.run();
