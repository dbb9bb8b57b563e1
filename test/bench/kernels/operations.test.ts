import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { OperationsResult } from '../../../bench/kernels/operations.ts';

const main = join(import.meta.dirname, '../../../bench/main.ts');

test('each operation is timed on each engine, and the result file has what the table shows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-operations-'));
  const file = join(folder, 'operations.json');
  const args = ['operations', '--engine', 'wasm', 'reference', '--only', 'argmax', '--samples', '2'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args, '--json', file], {
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  const { rows } = JSON.parse(readFileSync(file, 'utf8')) as OperationsResult;
  rmSync(folder, { recursive: true });
  assert.equal(
    rows.map(({ name, engine }) => [name.split(' ')[0], engine]),
    [
      ['argmax', 'wasm'],
      ['argmax', 'reference'],
    ],
  );
  for (const { runsPerSecond, flops, bytes } of rows) {
    assert.ok(runsPerSecond.median > 0);
    assert.is(flops, 0);
    // 1024 rows of 10 float32 are read, 1024 int32 written
    assert.is(bytes, 4 * 1024 * (10 + 1));
  }
  assert.match(stdout, /argmax .* wasm .*\n.*argmax .* reference /);
});

test.run();
