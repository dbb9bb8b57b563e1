import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertClose } from '../helpers/close.ts';
import { testOnAdapter, testWithoutAdapter } from '../helpers/gpu.ts';
import { cliFolder, type Outcome } from '../helpers/cli.ts';

const folder = cliFolder();
test.after(() => folder.remove());
const { data, weftIn } = folder;

function train(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Outcome {
  return weftIn(environment, 'train', '--data', data, '--epochs', '2', ...args);
}

testOnAdapter('--engine gpu names the adapter and trains as the reference does', () => {
  const options = ['--dropout', '0.2', '--flip', '--shift', '1', '--batch-size', '23'];
  const onGpu = train([...options, '--engine', 'gpu', '--out', 'gpu']);
  assert.is(onGpu.status, 0, onGpu.stderr);
  assert.match(onGpu.stdout, /^engine {2}gpu: WebGPU, .+ \(asked for\)$/m);
  const plain = train([...options, '--engine', 'reference', '--out', 'reference']);
  assert.is(plain.status, 0, plain.stderr);
  const losses = (path: string): number[] => {
    const rows = readFileSync(join(folder.path, path, 'history.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1);
    return rows.map((row) => Number(row.split(',')[1]));
  };
  assert.is(losses('gpu').length, 2);
  assertClose(losses('gpu'), losses('reference'), { rtol: 1e-4, atol: 0 }, 'loss');
});

testWithoutAdapter(
  '--engine gpu without an adapter fails with a line that says what to install',
  (hidden) => {
    const { status, stderr } = train(['--engine', 'gpu', '--out', 'failed'], hidden);
    assert.is(status, 1);
    assert.match(
      stderr.trim().split('\n').at(-1)!,
      /^weft: the gpu engine cannot run: .*WebGPU.*install.*; .*headless GL/,
    );
    assert.throws(() => readFileSync(join(folder.path, 'failed', 'config.json')), 'ENOENT');
  },
);

test.run();
