/** The list of dispatches in docs/gpu.md is what the program prints. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = join(import.meta.dirname, '../..');

test('docs/gpu.md ends with the dispatches that npm run program -- --engine gpu prints', () => {
  const main = join(root, 'src/cli/main.ts');
  const { stdout } = spawnSync(process.execPath, [main, 'program', '--engine', 'gpu'], { encoding: 'utf8' });
  const printed = stdout.slice(stdout.indexOf('on the gpu engine'));
  assert.ok(printed.length > 1000);
  const page = readFileSync(join(root, 'docs/gpu.md'), 'utf8');
  const [, block] = page.match(/^```text\n([^]*?)^```$/m)!;
  assert.fixture(block!.trim(), printed.trim(), 'copy what it prints into the block');
});

test.run();
