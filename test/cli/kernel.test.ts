import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const main = join(import.meta.dirname, '../../src/cli/main.ts');

function kernel(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, 'kernel', ...args], { encoding: 'utf8' });
}

test('prints the product of the first layer: parameters, loops, multiply-adds, the tile in its comments', () => {
  const { status, stdout } = kernel('matmul', '64', '784', '32');
  assert.is(status, 0);
  assert.match(stdout, /^\(func \$matmul_6\+4x16_\S+_fma_256 \(param \$a i32\) \(param \$b i32\)/);
  assert.match(stdout, /;; tiles of 6 rows × 16 columns/);
  assert.ok(stdout.includes('f32x4.relaxed_madd'));
  assert.match(stdout, /\n;; 1 function, \d+ bytes\n$/);
});

test('prints kernels without fused multiply-add, for 128-bit registers, fused and packed', () => {
  const { stdout } = kernel('matmul', '8', '9', '10', '--no-fma', '--no-wide', '--transpose-b', '--relu');
  assert.not.ok(stdout.includes('relaxed_madd'));
  assert.match(stdout, /pack_9x10_to_panels_of_8_transposed/);
  assert.ok(stdout.includes('f32x4.pmax'), 'ReLU');
});

test('every kernel that is listed can be printed', () => {
  for (const name of ['relu', 'softmaxCrossEntropy', 'gatherImages', 'dropoutMask', 'sgd', 'adam']) {
    assert.is(kernel(name, '30').status, 0, name);
  }
  assert.is(kernel('sumRows', '4', '5').status, 0);
  assert.match(kernel('conv2d', '2', '5', '4', '1', '8').stdout, /^\(func \$pad_5x4x1_/);
  assert.match(kernel('conv2d', '2', '5', '4', '16', '16', '--relu').stdout, /\$winograd_\S+_biasRelu_/);
});

test('prints WGSL for a GPU, without one: our tiles, and what gpu.js translates', () => {
  const product = kernel('matmul', '64', '784', '32', '--relu', '--engine', 'gpu');
  assert.is(product.status, 0, product.stderr);
  assert.match(product.stdout, /^\/\/ matmul_nn_64x32x784_\S+_bias_/);
  assert.match(product.stdout, /^\/\/ workgroups: \d+ × \d+ × 1$/m);
  assert.match(product.stdout, /var<workgroup> memory/);
  assert.match(product.stdout, /var<storage, read> bias/);
  const relu = kernel('relu', '30', '--engine', 'gpu');
  assert.match(relu.stdout, /^\/\/ relu .*length=30\n\/\/ workgroups: 1 × 1 × 1\n[^]*select\(user_x, 0\.0/);
});

test('every operation that is listed has WGSL', () => {
  for (const name of ['relu', 'softmaxCrossEntropy', 'gatherImages', 'dropoutMask', 'sgd', 'adam']) {
    assert.match(kernel(name, '30', '--engine', 'gpu').stdout, /fn main\(/, name);
  }
  assert.match(kernel('sumRows', '4', '5', '--engine', 'gpu').stdout, /fn main\(/);
  const conv2d = kernel('conv2d', '2', '5', '4', '1', '8', '--engine', 'gpu');
  assert.match(conv2d.stdout, /^\/\/ conv2d_forward_5x4x1_/);
});

test('--loop prints the inner loop alone: most multiply-adds of the kernel, and no loop inside', () => {
  const whole = kernel('matmul', '64', '784', '32').stdout;
  const { status, stdout } = kernel('matmul', '64', '784', '32', '--loop');
  assert.is(status, 0);
  assert.match(stdout, /^;; matmul_6\+4x16_\S+\nloop\n {2}\S/);
  assert.is(stdout.match(/\bloop\n/g)!.length, 1);
  const multiplyAdds = (text: string): number => text.match(/relaxed_madd/g)!.length;
  // rows × vectors of a tile, in each of the rounds that are unrolled; the whole has tiles of 6 and of 4 rows
  assert.is(multiplyAdds(stdout) % (6 * 4), 0);
  assert.is(multiplyAdds(stdout) / multiplyAdds(whole), 6 / (6 + 4));
  for (const line of stdout.trim().split('\n').slice(1)) assert.ok(whole.includes(`${line.trim()}\n`), line);
  assert.match(
    kernel('matmul', '4', '5', '6', '--loop', '--engine', 'gpu').stderr,
    /^weft: --loop goes with --engine wasm$/m,
  );
});

test('sizes that no one has are refused at once', () => {
  const { status, stderr } = kernel('gatherImages', '2147483647');
  assert.is(
    stderr,
    'weft: kernel gatherImages: expected 1 sizes from 1 to 65536 (pixels), got "2147483647"\n',
  );
  assert.is(status, 2);
  const large = kernel('matmul', '65536', '65536', '65536');
  assert.match(large.stderr, /^weft: tensor a: \[65536, 65536\] needs 16\.0 GiB; a tensor has at most 2\n$/);
  assert.is(large.status, 1);
});

test('wrong sizes and names are refused in one line', () => {
  const sizes = kernel('matmul', '64', '784');
  assert.is(sizes.status, 2);
  assert.is(sizes.stderr, 'weft: kernel matmul: expected 3 sizes from 1 to 65536 (m, k, n), got "64 784"\n');
  assert.is(kernel('matmul', '1', '0', '3').status, 2);
  const unknown = kernel('conv', '3');
  assert.is(unknown.status, 2);
  assert.match(unknown.stderr, /^weft: Invalid values: .* Given: "conv"/);
});

test.run();
