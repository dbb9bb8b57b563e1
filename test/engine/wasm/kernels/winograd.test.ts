import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EagerOps } from '../../../../src/tensor/reference/eager.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { RandomStream } from '../../../../src/tensor/random.ts';
import { Recorder } from '../../../../src/tensor/recorder.ts';
import { planProgram } from '../../../../src/engine/wasm/plan/plan.ts';
import { planLinearMap } from '../../../../src/engine/wasm/kernels/winograd/linear-map.ts';
import { type Matrix, winogradMatrices } from '../../../../src/engine/wasm/kernels/winograd/matrices.ts';
import {
  planeGroups,
  planeLayout,
  planeOffset,
  tilesOfGroups,
} from '../../../../src/engine/wasm/kernels/winograd/planes.ts';
import {
  matrices,
  patchSize,
  tileLengths,
  type TileRange,
  tileRanges,
} from '../../../../src/engine/wasm/kernels/winograd/tiles.ts';
import { assertClose } from '../../../helpers/close.ts';
import { check } from '../../../helpers/conformance.ts';
import { guardedRun } from '../../../helpers/guarded-run.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';

function apply(matrix: Matrix, x: readonly number[]): number[] {
  return matrix.map((row) => row.reduce((sum, value, j) => sum + value * x[j]!, 0));
}

function numbers(name: string, count: number): number[] {
  const random = new RandomStream(3, name);
  return Array.from({ length: count }, (_, i) => random.uniform(i) * 2 - 1);
}

test('the matrices of F(2, 3) and F(4, 3) are those of Lavin and Gray', () => {
  const small = winogradMatrices(2, 3, [0, 1, -1]);
  assert.equal(small.outputs, [
    [1, 1, 1, 0],
    [0, 1, -1, 1],
  ]);
  // up to signs, which cancel between the two factors of a product
  assert.equal(small.filter, [
    [-1, 0, 0].map((value) => value + 0),
    [0.5, 0.5, 0.5],
    [0.5, -0.5, 0.5],
    [0, 0, 1],
  ]);
  assert.equal(matrices.inputs[0], [4, 0, -5, 0, 1, 0]);
  assert.equal(matrices.filter[3], [1 / 24, 1 / 12, 1 / 6]);
  assert.equal(matrices.outputs[3], [0, 1, -1, 8, -8, 1]);
});

test('F(m, r) gives the sums of products, for several m, r and points', () => {
  for (const [m, r, points] of [
    [1, 3, [0, 1]],
    [2, 3, [0, 1, -1]],
    [4, 3, [0, 1, -1, 2, -2]],
    [4, 3, [0, 1, -1, 0.5, -3]],
    [3, 2, [0, 1, -1]],
    [2, 5, [0, 1, -1, 2, -2]],
  ] as const) {
    const { outputs, filter, inputs } = winogradMatrices(m, r, points);
    const [d, g] = [numbers('d', m + r - 1), numbers('g', r)];
    const factors = apply(filter, g);
    const y = apply(
      outputs,
      apply(inputs, d).map((value, i) => value * factors[i]!),
    );
    const expected = Array.from({ length: m }, (_, i) => g.reduce((sum, tap, k) => sum + tap * d[i + k]!, 0));
    assertClose(y, expected, { rtol: 1e-12, atol: 1e-13 }, `F(${m}, ${r})`);
  }
  assert.throws(
    () => winogradMatrices(4, 3, [0, 1, -1, 2]),
    'F(4, 3) takes 5 different points, got 0,1,-1,2',
  );
  assert.throws(() => winogradMatrices(2, 3, [0, 1, 1]), '3 different points');
});

test('a linear map takes its matrix apart without changing it, and with fewer operations', () => {
  for (const [name, matrix] of Object.entries(matrices)) {
    const plan = planLinearMap(matrix);
    const x = numbers(name, matrix[0]!.length);
    const values = [...x];
    for (const step of plan.steps) {
      values.push(step.reduce((sum, { coefficient, value }) => sum + coefficient * values[value]!, 0));
    }
    const y = plan.outputs.map((value) => values[value]!);
    assertClose(y, apply(matrix, x), { rtol: 1e-12, atol: 1e-13 }, name);
  }
  const operations = (matrix: Matrix): number =>
    planLinearMap(matrix).steps.reduce((sum, step) => sum + step.length - 1, 0);
  const plain = (matrix: Matrix): number =>
    matrix.reduce((sum, row) => sum + row.filter((value) => value !== 0).length - 1, 0);
  assert.is(operations(matrices.inputs), 12);
  assert.is(plain(matrices.inputs), 16);
  assert.is(operations(matrices.outputs), 10);
});

test('tiles of four and three outputs cover any number with the fewest products', () => {
  for (let outputs = 1; outputs <= 60; outputs++) {
    const lengths = tileLengths(outputs);
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    const products = (values: readonly number[]): number => sum(values.map((length) => length + 2));
    assert.ok(sum(lengths) >= outputs && sum(lengths) - lengths.at(-1)! < outputs, `${outputs}`);
    for (let short = 0; short <= outputs; short++) {
      const whole = Math.max(0, Math.ceil((outputs - 3 * short) / 4));
      assert.ok(products(lengths) <= 6 * whole + 5 * short, `${outputs}: ${short} short, ${whole} whole`);
    }
  }
  assert.equal([3, 5, 7, 8, 13, 14].map(tileLengths), [
    [3],
    [3, 3],
    [4, 3],
    [4, 4],
    [3, 4, 3, 3],
    [3, 4, 4, 3],
  ]);
});

test('tiles at the borders: 7 pixels under a padding of 1, 14 pixels, and none of either', () => {
  assert.equal(tileRanges(7, 7, 1), [
    { first: 0, count: 1, length: 4, from: 1, to: 6, pixel: 0, outputs: 4, output: 0 },
    { first: 1, count: 1, length: 3, from: 0, to: 4, pixel: 3, outputs: 3, output: 4 },
  ]);
  const short = ({ first, count, length, from, to, outputs }: TileRange): number[] => [
    first,
    count,
    length,
    from,
    to,
    outputs,
  ];
  assert.equal(tileRanges(14, 14, 1).map(short), [
    [0, 1, 3, 1, 5, 3],
    [1, 2, 4, 0, 6, 4],
    [3, 1, 3, 0, 4, 3],
  ]);
  assert.equal(tileRanges(18, 16, 0).map(short), [
    [0, 1, 4, 0, 6, 4],
    [1, 3, 4, 0, 6, 4],
  ]);
});

test('planes of infinity have whole tiles only: 14×14 outputs take 484 products, 7×7 take 121', () => {
  const products = (outputHeight: number, outputWidth: number): number => {
    const sizes = { height: 0, width: 0, channels: 16, filters: 16, padTop: 1, padLeft: 1 };
    const tiles = tilesOfGroups({ ...sizes, outputHeight, outputWidth });
    return tiles.reduce((sum, count, group) => sum + count * planeGroups[group]!.planes, 0);
  };
  assert.equal(
    [products(14, 14), products(7, 7), products(8, 8), products(3, 3), products(4, 3)],
    [484, 121, 144, 25, 30],
  );
  const layout = planeLayout([4, 2, 0, 1], 16);
  const starts = Array.from({ length: patchSize }, (_, i) =>
    Array.from({ length: patchSize }, (_, j) => planeOffset(layout, i, j)),
  );
  // each plane lies behind the one before it; the third group is empty
  const sizes = [4, 2, 1].map((rows) => rows * 16 * 4 + 64);
  assert.is(starts[4]![4], 24 * sizes[0]!);
  assert.is(starts[5]![0], 25 * sizes[0]!);
  assert.is(starts[5]![5], 25 * sizes[0]! + 5 * sizes[1]!);
  assert.is(layout.bytes, 25 * sizes[0]! + 5 * sizes[1]! + sizes[2]!);
});

/** F(4×4, 3×3) multiplies by up to 8 and 5 on the way: the largest errors are some 5e-6 of the largest result. */
const relativeToLargest = 1e-5;

/** Images, filters, padding: what is tiled with rests, in whole tiles, in less than one, in one or two blocks. */
const convolutions = [
  [[5, 7, 9, 16], 32, 'same'],
  [[3, 14, 5, 32], 16, 'same'],
  [[1, 4, 4, 16], 16, 'same'],
  [[2, 3, 11, 16], 48, 'same'],
  [[13, 8, 7, 16], 16, 'same'],
  [[4, 6, 5, 32], 16, 'valid'],
  [[2, 18, 10, 16], 16, 'valid'],
  [[3, 5, 6, 16], 128, 'same'],
  // short tiles alone, and more of them than two
  [[2, 9, 3, 32], 32, 'same'],
  [[9, 13, 15, 16], 16, 'valid'],
  // the threads divide the channels of dW, too, and one thread has parts of two panels
  [[3, 5, 6, 64], 48, 'same'],
  // one image is a block
  [[2, 26, 22, 16], 16, 'same'],
] as const;

test('convolutions by Winograd, all three passes, together and alone, against the reference', () => {
  for (const [image, filters, padding] of convolutions) {
    const options = { padding, stride: [1, 1] as const };
    const [x, filter, bias] = [
      randomTensor('float32', image, 'x'),
      randomTensor('float32', [3, 3, image[3], filters], 'filter'),
      randomTensor('float32', [filters], 'bias'),
    ];
    const dy = randomTensor('float32', new EagerOps().conv2d(x, filter, options).shape, 'dy');
    const dFilter = Tensor.zeros('float32', filter.shape, 'dFilter');
    const label = `${image.join('×')} to ${filters}, ${padding}`;
    check(`all passes of ${label}`, {
      inputs: [x, filter, bias, dy, dFilter],
      changed: [dFilter],
      relativeToLargest,
      compute(ops) {
        const y = ops.elementwise(ops.addBias(ops.conv2d(x, filter, options), bias), 'relu');
        const dx = ops.conv2dBackwardInput(dy, filter, x.shape, options);
        ops.conv2dBackwardFilter(x, dy, { ...options, out: dFilter });
        return [y, dx];
      },
    });
    check(`forward of ${label}`, {
      inputs: [x, filter],
      relativeToLargest,
      compute: (ops) => [ops.conv2d(x, filter, options)],
    });
    check(`dW of ${label}`, {
      inputs: [x, dy, dFilter],
      changed: [dFilter],
      relativeToLargest,
      compute(ops) {
        ops.conv2dBackwardFilter(x, dy, { ...options, out: dFilter });
        return [];
      },
    });
  }
});

test('factors of a filter are made anew once the filter has changed', () => {
  const x = randomTensor('float32', [2, 4, 5, 16], 'x');
  const filter = randomTensor('float32', [3, 3, 16, 16], 'filter');
  const change = randomTensor('float32', [3, 3, 16, 16], 'change');
  check('convolution, update, convolution', {
    inputs: [x, filter, change],
    changed: [filter],
    relativeToLargest,
    compute(ops) {
      const before = ops.conv2d(x, filter, { padding: 'same' });
      ops.addScaled(filter, change, 0.5);
      return [before, ops.conv2d(x, filter, { padding: 'same' })];
    },
  });
});

test('the error of F(4×4, 3×3) is that of a few roundings: rms below 2e-6 of the results, in all passes', () => {
  const shapes = { x: [4, 14, 14, 32], filter: [3, 3, 32, 64], dy: [4, 14, 14, 64] } as const;
  const options = { padding: 'same' } as const;
  const single = {
    x: randomTensor('float32', shapes.x, 'x'),
    filter: randomTensor('float32', shapes.filter, 'filter'),
    dy: randomTensor('float32', shapes.dy, 'dy'),
    dFilter: Tensor.zeros('float32', shapes.filter, 'dFilter'),
  };
  const double = (tensor: Tensor): Tensor =>
    Tensor.from('float64', tensor.shape, Float64Array.from(tensor.values), tensor.name);
  const [x, filter, dy, dFilter] = [single.x, single.filter, single.dy, single.dFilter].map(double) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const eager = new EagerOps();
  eager.conv2dBackwardFilter(x, dy, { ...options, out: dFilter });
  const exact = [
    eager.conv2d(x, filter, options),
    eager.conv2dBackwardInput(dy, filter, x.shape, options),
    dFilter,
  ];

  const recorder = new Recorder();
  const y = recorder.conv2d(single.x, single.filter, options);
  const dx = recorder.conv2dBackwardInput(single.dy, single.filter, shapes.x, options);
  recorder.conv2dBackwardFilter(single.x, single.dy, { ...options, out: single.dFilter });
  const results = [y, dx, single.dFilter];
  const plan = planProgram(recorder.finish('passes', results), { fma: true, wide: true }, 2);
  const inputs = new Map(Object.values(single).map(({ storage, values }) => [storage, values]));
  const values = guardedRun(plan, 2, inputs);
  for (const [index, result] of results.entries()) {
    const actual = values.get(result.storage)!;
    const expected = exact[index]!.values;
    const squares = (of: (i: number) => number): number =>
      Array.from(expected, (_, i) => of(i) ** 2).reduce((sum, square) => sum + square, 0);
    const error = Math.sqrt(squares((i) => actual[i]! - expected[i]!) / squares((i) => expected[i]!));
    assert.ok(error > 0 && error < 2e-6, `${['y', 'dx', 'dW'][index]}: relative rms error ${error}`);
  }
});

test.run();
