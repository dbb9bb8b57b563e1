import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const main = join(import.meta.dirname, '../../src/cli/main.ts');

function program(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, 'program', ...args], { encoding: 'utf8' });
}

test('prints the training step of the MLP: 14 products, each with shapes, and three phases', () => {
  const { status, stdout } = program();
  assert.is(status, 0);
  const products = stdout.match(/^ +\d+ .* = matmul\(.*$/gm)!;
  assert.is(products.length, 14);
  assert.ok(products[0].endsWith(' [64, 32] = matmul(%0 [64, 784], dense_1/kernel [784, 32])'), products[0]);
  assert.match(stdout, /on the wasm engine: 3 phases/);
  assert.match(stdout, /matmul nn 64×784×32 \+ biasRelu +64 items +matmul \+ addBias \+ relu/);
  // 64 images and some hundred rows of weights are shared evenly among 8 threads
  assert.match(stdout, /^ +8 +7\.9\d × +\d+ +1\.0\d {2}1\.0\d {2}1\.0\d$/m);
});

test('lists the dispatches of a step on a GPU, level by level, without a GPU', () => {
  const { status, stdout } = program('--engine', 'gpu');
  assert.is(status, 0);
  assert.not.match(stdout, 'on the wasm engine');
  const [first] = stdout.match(/^ {2}matmul.*\n.*\n.*$/m)!;
  assert.match(first, /^ {2}matmul \[64, 32\] \+ addBias \+ relu\n {6}matmul_nn_64x32x784_\S+_bias/);
  assert.match(first, /workgroups; reads %0, dense_1\/kernel, dense_1\/bias; writes %\d+$/);
  const [, operations, parts, dispatches, levels, barriers] = stdout
    .trim()
    .split('\n')
    .at(-1)!
    .match(/^(\d+) operations in (\d+) parts: (\d+) dispatches in (\d+) levels, with (\d+) barriers$/)!;
  assert.is(Number(operations), stdout.match(/^ +\d+ {2}.* = /gm)!.length);
  assert.is(Number(dispatches), stdout.match(/workgroups; reads/g)!.length);
  assert.is(Number(levels), stdout.match(/^level \d+/gm)!.length);
  assert.is(Number(parts), stdout.match(/^ {2}[a-zA-Z].* \[(?!.*\([2-9] of \d\)$)/gm)!.length);
  assert.ok(Number(barriers) < Number(levels));
});

test('other batch sizes are recorded; wrong ones are refused in one line', () => {
  assert.match(program('--batch-size', '7').stdout, /%0 \[7, 28, 28, 1\] = gatherImages/);
  const wrong = program('--batch-size', '0');
  assert.is(wrong.status, 2);
  assert.is(wrong.stderr, 'weft: --batch-size: expected a whole number from 1 to 65536, got "0"\n');
});

test.run();
