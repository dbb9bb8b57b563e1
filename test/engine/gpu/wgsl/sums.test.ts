import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SumSteps } from '../../../../src/engine/gpu/wgsl/sum-kernel.ts';
import { shapeSum } from '../../../../src/engine/gpu/wgsl/sum-shape.ts';
import {
  batchMoments,
  batchNormBackwardParameters,
  countEqual,
  mean,
  sumRows,
  sumSquares,
} from '../../../../src/engine/gpu/wgsl/sums.ts';
import { closeDevice, runKernel, testOnDevice, unset } from '../../../helpers/wgsl.ts';

/**
 * Rows and columns: one of each, primes, tiles that stick out, fours, one dispatch and two, and parts that are not full.
 * Few, for an adapter in software takes long to run 256 threads that wait for each other.
 */
const shapes = [
  [1, 1],
  [61, 10],
  [331, 33],
  [64, 128],
  [1025, 32],
  [12_545, 3],
] as const;

/** Numbers in [−1, 1) around `center` without a pattern, by a generator that takes no time for a million of them. */
function random(length: number, seed: number, center = 0): Float32Array {
  const values = new Float32Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    // Numerical Recipes' constants
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    values[i] = state / 2 ** 31 + center;
  }
  return values;
}

/** Runs the steps on arrays by name; those of results are filled. */
async function run(
  { steps, partials }: SumSteps,
  arrays: Readonly<Record<string, Float32Array>>,
): Promise<void> {
  const all: Readonly<Record<string, Float32Array>> = { ...arrays, partials: unset(partials) };
  assert.is(steps.length, partials === 0 ? 1 : 2, 'steps');
  for (const step of steps) {
    await runKernel(
      step.kernel,
      step.arrays.map((name) => all[name]!),
    );
  }
}

/** In double precision: the sum of each column, and that of the magnitudes, to which errors are relative. */
function sumColumns(
  rows: number,
  columns: number,
  term: (at: number, column: number) => number,
): { sums: Float64Array; magnitudes: Float64Array } {
  const sums = new Float64Array(columns);
  const magnitudes = new Float64Array(columns);
  for (let at = 0; at < rows * columns; at++) {
    const value = term(at, at % columns);
    sums[at % columns]! += value;
    magnitudes[at % columns]! += Math.abs(value);
  }
  return { sums, magnitudes };
}

/** Throws unless each value is within `bound` of its magnitude of the one expected. */
function assertSums(
  actual: Float32Array,
  sums: ArrayLike<number>,
  magnitudes: ArrayLike<number>,
  what: string,
  bound = 2e-6,
): void {
  assert.is(actual.length, sums.length, what);
  for (const [j, value] of actual.entries()) {
    const error = Math.abs(value - sums[j]!);
    if (!(error <= bound * magnitudes[j]!)) {
      throw new Error(`${what}[${j}] is ${value}, expected ${sums[j]}; magnitudes come to ${magnitudes[j]}`);
    }
  }
}

testOnDevice('sumRows of any rows and columns, in one step and in two', async () => {
  const counts = new Set<number>();
  for (const [rows, columns] of [...shapes, [7, 1], [1, 10], [1024, 32], [512, 256], [150_001, 7]] as const) {
    const x = random(rows * columns, 1);
    const y = unset(columns);
    const kernels = sumRows({ rows, columns });
    await run(kernels, { x, y });
    const { sums, magnitudes } = sumColumns(rows, columns, (at) => x[at]!);
    assertSums(y, sums, magnitudes, `sumRows ${rows}×${columns}`);
    counts.add(kernels.steps.length);
  }
  assert.equal([...counts], [1, 2], 'both ways occur');
});

testOnDevice('a sum is the same in every run, bit for bit', async () => {
  const x = random(12_545 * 3, 1);
  const results = [unset(3), unset(3)];
  for (const y of results) await run(sumRows({ rows: 12_545, columns: 3 }), { x, y });
  assert.equal(results[0], results[1]);
});

testOnDevice('mean, sumSquares and countEqual', async () => {
  for (const length of [1, 257, 8_193, 50_177]) {
    const x = random(length, 1);
    const [average, squares, count] = [unset(1), unset(1), unset(1)];
    await run(mean({ length }), { x, y: average });
    await run(sumSquares({ length, scale: 0.5 }), { x, y: squares });
    const { sums, magnitudes } = sumColumns(length, 1, (at) => x[at]! / length);
    assertSums(average, sums, magnitudes, `mean of ${length}`);
    const expected = sumColumns(length, 1, (at) => 0.5 * x[at]! ** 2);
    assertSums(squares, expected.sums, expected.magnitudes, `sumSquares of ${length}`);
    const [a, b] = [
      x.map((value) => Math.round(3 * value)),
      random(length, 2).map((value) => Math.round(3 * value)),
    ];
    await run(countEqual({ length }), { a, b, count });
    assert.is(count[0], a.filter((value, i) => value === b[i]).length, `countEqual of ${length}`);
  }
});

testOnDevice('batchMoments, of numbers around 100 too', async () => {
  for (const [rows, columns] of shapes) {
    for (const center of [0.5, 100]) {
      const x = random(rows * columns, 1, center);
      const [average, variance] = [unset(columns), unset(columns)];
      const kernels = batchMoments({ rows, columns });
      await run(kernels.mean, { x, mean: average });
      await run(kernels.variance, { x, mean: average, variance });
      const what = `${rows}×${columns} around ${center}`;
      const means = sumColumns(rows, columns, (at) => x[at]! / rows);
      assertSums(average, means.sums, means.magnitudes, `mean of ${what}`);
      const squares = sumColumns(rows, columns, (at, column) => (x[at]! - means.sums[column]!) ** 2 / rows);
      // the mean is rounded: of numbers around 100 by about 1e-5
      const magnitudes = squares.magnitudes.map((value) => value + (center === 100 ? 1e-3 : 1e-6));
      assertSums(variance, squares.sums, magnitudes, `variance of ${what}`);
    }
  }
});

testOnDevice('batchNormBackwardParameters', async () => {
  const epsilon = 1e-3;
  for (const [rows, columns] of shapes) {
    const [x, dy] = [random(rows * columns, 1, 0.5), random(rows * columns, 3, 0.1)];
    const [average, variance] = [random(columns, 4), random(columns, 5, 1.5)];
    const [dBeta, dGamma] = [unset(columns), unset(columns)];
    const kernels = batchNormBackwardParameters({ rows, columns, epsilon });
    await run(kernels, { x, dy, mean: average, variance, dBeta, dGamma });
    const beta = sumColumns(rows, columns, (at) => dy[at]!);
    assertSums(dBeta, beta.sums, beta.magnitudes, `dBeta of ${rows}×${columns}`);
    const gamma = sumColumns(rows, columns, (at, column) => {
      return (dy[at]! * (x[at]! - average[column]!)) / Math.sqrt(variance[column]! + epsilon);
    });
    assertSums(dGamma, gamma.sums, gamma.magnitudes, `dGamma of ${rows}×${columns}`);
  }
});

test('shapes of sums: every row once, 4 to 32 rows a thread, and parts that one dispatch adds up', () => {
  for (const columns of [1, 2, 3, 10, 31, 32, 33, 64, 100, 128, 256, 509, 512]) {
    for (const rows of [1, 2, 15, 63, 64, 512, 1023, 1024, 1025, 12_544, 50_176, 401_408]) {
      const what = `${rows}×${columns}`;
      const { width, threadColumns, threadRows, tiles, rowsOfThread, parts } = shapeSum(rows, columns);
      const rowsOfPart = threadRows * rowsOfThread;
      assert.ok(threadColumns * threadRows <= 256, `${what}: threads`);
      assert.is(Math.log2(threadRows) % 1, 0, `${what}: rows of threads`);
      assert.ok(tiles * threadColumns * width >= columns, `${what}: all columns`);
      assert.ok((tiles - 1) * threadColumns * width < columns, `${what}: no tile without columns`);
      assert.ok(
        parts * rowsOfPart >= rows && (parts - 1) * rowsOfPart < rows,
        `${what}: no part without rows`,
      );
      assert.ok(threadRows === 1 || rowsOfThread >= 3, `${what}: ${rowsOfThread} rows a thread`);
      const limit = rows > 2 ** 17 ? 64 : 32;
      assert.ok(parts <= 256 && rowsOfThread <= limit, `${what}: ${rowsOfThread} rows a thread`);
      if (parts > 1) assert.is(shapeSum(parts, columns).parts, 1, `${what}: parts of parts`);
    }
  }
});

test.after(closeDevice);
test.run();
