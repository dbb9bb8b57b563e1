import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  describeThreshold,
  type GpuProductRow,
  type GpuProductsResult,
  refuseLarge,
} from '../../../bench/kernels/gpu-products.ts';
import { squareShape } from '../../../bench/kernels/shapes.ts';
import { testOnAdapter, testWithoutAdapter } from '../../helpers/gpu.ts';

const main = join(import.meta.dirname, '../../../bench/main.ts');

function benchGpu(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, 'matmul', '--engine', 'gpu', ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
}

function row(size: number, gpu: readonly [number, number, number], wasm: number): GpuProductRow {
  const [upload, compute, readback] = gpu;
  return {
    ...squareShape(size),
    choice: 'rule',
    kernel: 'a tile',
    milliseconds: { upload, compute, readback },
    gflops: { median: 1, best: 1 },
    wasmMilliseconds: wasm,
  };
}

test('from which size on the GPU pays: copies count, the fastest kernel decides, and larger sizes must agree', () => {
  const compared = 'upload, compute and readback of its fastest kernel, against wasm';
  const lost = row(128, [1, 2, 1], 3.5);
  assert.is(describeThreshold([lost]), `the GPU does not pay for squares up to 128: ${compared}`);
  const rows = [row(512, [1, 1, 1], 9), row(256, [9, 1, 1], 8), row(256, [1, 1, 1], 8), lost];
  assert.is(describeThreshold(rows), `the GPU pays from squares of 256 on: ${compared}`);
  assert.is(
    describeThreshold([row(64, [1, 1, 1], 9), ...rows]),
    `the GPU pays from squares of 256 on: ${compared}`,
    '64 pays, 128 does not',
  );
  const lostAgain = [row(256, [1, 1, 1], 2), row(64, [1, 1, 1], 9), row(128, [9, 9, 9], 1)];
  assert.is(describeThreshold(lostAgain), `the GPU does not pay for squares up to 256: ${compared}`);
  const between = [lost, row(256, [1, 1, 1], 9), row(512, [5, 5, 5], 1), row(1024, [1, 1, 1], 9)];
  assert.is(describeThreshold(between), `the GPU pays from squares of 1024 on: ${compared}`);
  const product = { ...row(1024, [1, 1, 1], 9), n: 8 };
  assert.is(describeThreshold([lost, product]), `the GPU does not pay for squares up to 128: ${compared}`);
});

testOnAdapter('bench matmul --engine gpu: tiles and gpu.js, with separate times for the copies', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-'));
  try {
    const file = join(folder, 'rows.json');
    const { status, stdout, stderr } = benchGpu(['--sizes', '9,13', '--samples', '1', '--json', file]);
    assert.is(status, 0, stderr);
    const { rows, adapter, software } = JSON.parse(readFileSync(file, 'utf8')) as GpuProductsResult;
    assert.equal(
      rows.map(({ use, choice }) => `${use} ${choice}`).filter((name) => !name.endsWith('measured')),
      ['9', '13'].flatMap((size) => [`square ${size} rule`, `square ${size} gpu.js`]),
    );
    for (const { milliseconds, gflops, wasmMilliseconds, m, k, n } of rows) {
      for (const time of Object.values(milliseconds)) assert.ok(time > 0);
      assert.ok(wasmMilliseconds > 0);
      const expected = (2 * m * k * n) / milliseconds.compute / 1e6;
      assert.ok(Math.abs(gflops.median / expected - 1) < 1e-9, 'of compute alone');
    }
    assert.ok(stdout.includes(adapter));
    assert.is(stdout.includes('this adapter is software'), software);
    assert.match(stdout, /the GPU (pays from squares of|does not pay for squares up to) \d+/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('bench matmul --engine gpu: options that do not fit are errors', () => {
  const { status, stderr } = benchGpu(['--openblas']);
  assert.is(stderr, 'bench: --openblas: goes with --engine wasm\n');
  assert.is(status, 2);
});

test('a square must fit into one binding of the device', () => {
  const mostBytes = 4 * 4096 ** 2;
  refuseLarge([64, 4096], mostBytes);
  assert.throws(
    () => refuseLarge([64, 4097], mostBytes),
    '--sizes: this device binds squares up to 4096, got 4097',
  );
});

testWithoutAdapter(
  'bench matmul --engine gpu without an adapter: a line that says what to install',
  (hidden) => {
    const { status, stderr } = benchGpu([], hidden);
    assert.is(status, 1);
    assert.match(stderr.trim().split('\n').at(-1)!, /^bench: .*install/);
  },
);

test.run();
