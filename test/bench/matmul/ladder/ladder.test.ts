import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LadderResult } from '../../../../bench/matmul/ladder/climb.ts';
import { testWithoutAdapter } from '../../../helpers/gpu.ts';

const root = join(import.meta.dirname, '../../../..');

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
}

function bench(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): SpawnSyncReturns<string> {
  return run([join(root, 'bench/main.ts'), ...args], env);
}

function inFolder(body: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'weft-'));
  try {
    body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('bench ladder: chosen rungs and sizes, the first beside them; table, JSON and figure', () => {
  inFolder((folder) => {
    const [json, figure] = [join(folder, 'ladder.json'), join(folder, 'ladder.svg')];
    const options = ['--sizes', '9', '16', '--rungs', '7', 'engine-threads', '--threads', '3'];
    const { status, stdout, stderr } = bench(['ladder', ...options, '--json', json, '--figure', figure]);
    assert.is(status, 0, stderr);
    const { sizes, rungs, threads } = JSON.parse(readFileSync(json, 'utf8')) as LadderResult;
    assert.equal(sizes, [9, 16]);
    assert.is(threads, 3);
    assert.equal(
      rungs.map(({ name, threads: used }) => `${name} ${used}`),
      ['01-naive 1', '07-tile 1', 'engine-threads 3'],
    );
    for (const { name, speeds } of rungs) {
      assert.match(stdout, `│ ${name} `);
      assert.match(stderr, new RegExp(`^${name}: [\\d.]+ {2}[\\d.]+ GFLOP/s$`, 'm'));
      assert.is(speeds.length, 2);
      for (const speed of speeds) assert.ok('gflops' in speed && speed.gflops.median > 0);
    }
    assert.match(readFileSync(figure, 'utf8'), /^<svg /);
    assert.ok(stdout.endsWith(`written to ${json}\nwritten to ${figure}\n`));
  });
});

test('a wrong rung is named with the element and its values and not timed; the others are measured, and the status is 1', () => {
  inFolder((folder) => {
    const json = join(folder, 'ladder.json');
    const { status, stdout } = run([join(root, 'test/fixtures/ladder-with-a-wrong-rung.ts'), json]);
    assert.is(status, 1);
    const number = '-?[\\d.e-]+';
    assert.match(
      stdout,
      new RegExp(
        `^02-planted: wrong result for 9×9×9, not timed: C\\[0, 8\\] is ${number}, expected ${number} ± ${number}$`,
        'm',
      ),
    );
    const { rungs } = JSON.parse(readFileSync(json, 'utf8')) as LadderResult;
    assert.equal(
      rungs.map(({ speeds }) => Object.keys(speeds[0]!).join()),
      ['size,gflops', 'size,wrong', 'size,gflops'],
    );
  });
});

test('bench ladder: an unknown rung is an error', () => {
  const { status, stderr } = bench(['ladder', '--rungs', '99']);
  assert.match(stderr, /^bench: --rungs: there is no rung "99"; there are 01-naive, [^\n]*\n$/);
  assert.is(status, 2);
});

testWithoutAdapter(
  'bench ladder without an adapter: the rungs on a GPU are skipped, with the reason',
  (hidden) => {
    const { status, stdout } = bench(['ladder', '--rungs', '11', '13', '--sizes', '8'], hidden);
    assert.is(status, 0);
    assert.match(stdout, /^11-gpu, 13-gpu-resident: skipped, .*install/m);
    for (const name of ['11-gpu', '13-gpu-resident']) assert.not.match(stdout, `│ ${name}`);
  },
);

test.run();
