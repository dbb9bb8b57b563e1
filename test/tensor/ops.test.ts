import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { elementLossNames } from '../../src/tensor/element-loss.ts';
import { elementwiseFunctions, elementwiseNames } from '../../src/tensor/elementwise.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { type Shape, ShapeError } from '../../src/tensor/shape.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { assertClose } from '../helpers/close.ts';
import { randomTensor } from '../helpers/random-tensor.ts';

const ops = new EagerOps();
const floats = (shape: Shape, ...values: number[]): Tensor<'float32'> =>
  Tensor.from('float32', shape, Float32Array.from(values), 't');
const integers = (...values: number[]): Tensor<'int32'> =>
  Tensor.from('int32', [values.length], Int32Array.from(values), 'i');
const bytes = (shape: Shape, ...values: number[]): Tensor<'uint8'> =>
  Tensor.from('uint8', shape, Uint8Array.from(values), 'b');

test('matmul: a product worked by hand, in all four forms', () => {
  const a = floats([2, 3], 1, 2, 3, 4, 5, 6);
  const aT = floats([3, 2], 1, 4, 2, 5, 3, 6);
  const b = floats([3, 4], 1, 0, 2, -1, 3, 1, 0, 2, -2, 4, 1, 1);
  const bT = floats([4, 3], 1, 3, -2, 0, 1, 4, 2, 0, 1, -1, 2, 1);
  const expected = [1, 14, 5, 6, 7, 29, 14, 12];
  assert.equal([...ops.matmul(a, b).values], expected);
  assert.equal([...ops.matmul(aT, b, { transposeA: true }).values], expected);
  assert.equal([...ops.matmul(a, bT, { transposeB: true }).values], expected);
  assert.equal([...ops.matmul(aT, bT, { transposeA: true, transposeB: true }).values], expected);
});

test('matmul: A·I = A and (A·B)ᵀ = Bᵀ·Aᵀ, for random shapes', () => {
  const size = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(size, size, size, (m, k, n) => {
      const a = randomTensor('float32', [m, k], 'a');
      const b = randomTensor('float32', [k, n], 'b');
      const identity = Tensor.zeros('float32', [k, k], 'identity');
      for (let i = 0; i < k; i++) identity.values[i * k + i] = 1;
      assert.equal(ops.matmul(a, identity).values, a.values);
      const ab = ops.matmul(a, b).values;
      const transposed = ops.matmul(b, a, { transposeA: true, transposeB: true }).values;
      const back = ab.map((_, index) => transposed[(index % n) * m + Math.floor(index / n)]!);
      assertClose(back, ab, { rtol: 1e-5, atol: 1e-6 });
    }),
    { seed: 1 },
  );
});

test('addBias, sumRows, relu, leakyRelu, multiply, add, addScaled: worked by hand', () => {
  const x = floats([2, 3], 1, -2, 3, -4, 5, 0);
  assert.equal([...ops.addBias(x, floats([3], 10, 20, 30)).values], [11, 18, 33, 6, 25, 30]);
  assert.equal([...ops.sumRows(x).values], [-3, 3, 3]);
  const y = ops.elementwise(x, 'relu');
  assert.equal([...y.values], [1, 0, 3, 0, 5, 0]);
  assert.equal(
    [...ops.elementwiseBackward(y, floats([2, 3], 1, 2, 3, 4, 5, 6), 'relu').values],
    [1, 0, 3, 0, 5, 0],
  );
  assert.equal([...ops.elementwise(x, 'leakyRelu', 0.25).values], [1, -0.5, 3, -1, 5, 0]);
  const leakyGradient = ops.elementwiseBackward(x, floats([2, 3], 1, 2, 3, 4, 5, 6), 'leakyRelu', 0.25);
  assert.equal([...leakyGradient.values], [1, 0.5, 3, 1, 5, 1.5], 'the slope at 0, too');
  assert.equal([...ops.multiply(x, x).values], [1, 4, 9, 16, 25, 0]);
  assert.equal([...ops.add(x, y).values], [2, -2, 6, -4, 10, 0]);
  ops.addScaled(y, x, 2);
  assert.equal([...y.values], [3, -4, 9, -8, 15, 0]);
});

test('clipByNorm and weightByClass: worked by hand', () => {
  const x = floats([2], 6, -8);
  ops.clipByNorm(x, floats([1], 100), 20);
  assert.equal([...x.values], [6, -8], 'a norm below the limit');
  ops.clipByNorm(x, floats([1], 100), 5);
  assert.equal([...x.values], [3, -4], 'a norm of 10 becomes 5');
  ops.clipByNorm(x, floats([1], 0), 5);
  assert.equal([...x.values], [3, -4], 'no norm at all');
  ops.clipByNorm(x, floats([1], NaN), 5);
  assert.ok(x.values.every(Number.isNaN), 'a norm of NaN is noticed');

  const rows = ops.weightByClass(floats([3, 2], 1, 2, 3, 4, 5, 6), integers(1, 0, 1), floats([2], 10, 0.5));
  assert.equal([...rows.values], [0.5, 1, 30, 40, 2.5, 3]);
  assert.equal([...ops.weightByClass(floats([2], 3, 4), integers(1, 1), floats([2], 1, 2)).values], [6, 8]);
});

test('elu, sigmoid, tanh, silu and gelu at −1, 0 and 2: from published tables and by hand', () => {
  // σ(2) = 0.880797, tanh 2 = 0.964028, e⁻¹ = 0.367879; gelu by 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))
  const expected = {
    elu: [-0.31606, 0, 2],
    sigmoid: [0.268941, 0.5, 0.880797],
    tanh: [-0.761594, 0, 0.964028],
    silu: [-0.268941, 0, 1.761594],
    gelu: [-0.158808, 0, 1.954598],
  } as const;
  for (const [name, values] of Object.entries(expected)) {
    const y = ops.elementwise(floats([3], -1, 0, 2), name as keyof typeof expected, 0.5);
    assertClose(y.values, values, { rtol: 2e-6, atol: 1e-6 }, name);
  }
});

test('far from 0, functions are finite and their slopes are the limits', () => {
  /** Slopes at −∞ and ∞, with 0.5 as the parameter. */
  const slopes = {
    relu: [0, 1],
    leakyRelu: [0.5, 1],
    elu: [0, 1],
    sigmoid: [0, 0],
    tanh: [0, 0],
    silu: [0, 1],
    gelu: [0, 1],
  } as const;
  for (const name of elementwiseNames) {
    for (const size of [100, 1e4, 3e38]) {
      const x = floats([2], -size, size);
      const y = ops.elementwise(x, name, 0.5);
      assert.ok(y.values.every(Number.isFinite), `${name} of ±${size}`);
      const { keeps } = elementwiseFunctions[name];
      const dx = ops.elementwiseBackward(keeps === 'x' ? x : y, floats([2], 1, 1), name, 0.5);
      assertClose(dx.values, slopes[name], { rtol: 0, atol: 1e-30 }, `${name}Backward of ±${size}`);
    }
  }
});

test('every elementwise function lets NaN through, so that a diverged run is noticed', () => {
  for (const name of elementwiseNames) {
    assert.ok(Number.isNaN(ops.elementwise(floats([1], NaN), name, 0.1).values[0]), name);
  }
});

test('losses of single elements, and their gradients over the size: worked by hand', () => {
  // p = 2 and t = 0.5, p = −1 and t = 1; log(1 + e⁻²) = 0.126928, log(1 + e⁻¹) = 0.313262, σ(2) = 0.880797
  const [predictions, targets] = [floats([2], 2, -1), floats([2], 0.5, 1)];
  const expected = {
    squared: [2.25, 4, 3 / 2, -4 / 2],
    absolute: [1.5, 2, 1 / 2, -1 / 2],
    // δ = 1.75: 1.5²/2, and 1.75·(2 − 1.75/2)
    huber: [1.125, 1.96875, 1.5 / 2, -1.75 / 2],
    binaryCrossEntropy: [1.126928, 1.313262, (0.880797 - 0.5) / 2, (0.268941 - 1) / 2],
    zeroOne: [1, 1, 0, 0],
  } as const;
  for (const [loss, values] of Object.entries(expected)) {
    const name = loss as keyof typeof expected;
    const losses = ops.elementLoss(predictions, targets, name, 1.75);
    const gradients = ops.elementLossBackward(predictions, targets, name, 1.75);
    assertClose([...losses.values, ...gradients.values], values, { rtol: 2e-6, atol: 1e-6 }, name);
  }
  assert.throws(
    () => ops.elementLoss(floats([2, 1], 1, 2), targets, 'squared'),
    'squaredLoss: targets: expected [2, 1], got [2]',
  );
});

test('a prediction that is NaN has a loss of NaN; logits of any size have a finite one', () => {
  for (const name of elementLossNames.filter((loss) => loss !== 'zeroOne')) {
    assert.ok(Number.isNaN(ops.elementLoss(floats([1], NaN), floats([1], 1), name, 1).values[0]), name);
  }
  for (const logit of [-3e38, -1e4, 1e4, 3e38]) {
    const [p, t] = [floats([1], logit), floats([1], logit > 0 ? 1 : 0)];
    assert.is(ops.elementLoss(p, t, 'binaryCrossEntropy').values[0], 0, `${logit}`);
    assert.is(ops.elementLossBackward(p, t, 'binaryCrossEntropy').values[0], 0, `${logit}`);
  }
});

test('gatherRows takes rows by their positions', () => {
  const indices = Tensor.from('int32', [3], Int32Array.of(2, 0, 2), 'indices');
  const y = ops.gatherRows(floats([3, 2], 1, 2, 3, 4, 5, 6), indices);
  assert.equal(
    [y.shape, [...y.values]],
    [
      [3, 2],
      [5, 6, 1, 2, 5, 6],
    ],
  );
});

test('mean, sumSquares, argmax, countEqual: worked by hand; the first of equals wins', () => {
  const x = floats([3, 2], 1, 3, 2, 2, -1, -5);
  assert.is(ops.mean(x).values[0], Math.fround(2 / 6));
  assert.is(ops.sumSquares(x, 0.5).values[0], 22);
  assert.equal([...ops.argmax(x).values], [1, 0, 0]);
  assert.is(ops.countEqual(integers(1, 2, 3), integers(1, 0, 3)).values[0], 2);
});

test('gatherImages and gatherLabels: pick rows in any order, more than once, and scale', () => {
  const images = bytes([3, 1, 2, 1], 0, 255, 10, 20, 51, 102);
  const picked = ops.gatherImages(images, integers(2, 0, 2), 1 / 255);
  assert.equal(picked.shape, [3, 1, 2, 1]);
  assertClose(picked.values, [0.2, 0.4, 0, 1, 0.2, 0.4], { rtol: 1e-6, atol: 0 });
  assert.equal([...ops.gatherLabels(bytes([3], 7, 8, 9), integers(2, 0)).values], [9, 7]);
});

test('dropoutMask: drops a share of `rate`, keeps the mean, and changes with the step', () => {
  const constants = { rate: 0.3, seed: 1, stream: 2 };
  const mask = ops.dropoutMask('float32', [100, 100], integers(1), constants).values;
  const dropped = mask.filter((value) => value === 0).length / mask.length;
  assert.ok(Math.abs(dropped - 0.3) < 4 * Math.sqrt((0.3 * 0.7) / mask.length), `dropped ${dropped}`);
  assert.ok(mask.every((value) => value === 0 || value === Math.fround(1 / 0.7)));
  assert.equal(ops.dropoutMask('float32', [100, 100], integers(1), constants).values, mask);
  assert.not.equal(ops.dropoutMask('float32', [100, 100], integers(2), constants).values, mask);
});

test('conv2d: worked by hand, valid and same; maxPool2d: the first of equals, windows that stick out', () => {
  const x = floats([1, 3, 3, 1], 1, 2, 3, 4, 5, 6, 7, 8, 9);
  const filter = floats([2, 2, 1, 1], 1, 2, 3, 4);
  assert.equal([...ops.conv2d(x, filter).values], [37, 47, 67, 77]);
  const same = ops.conv2d(x, filter, { padding: 'same' });
  assert.equal([...same.values], [37, 47, 21, 67, 77, 33, 23, 26, 9]);
  assert.equal(ops.conv2d(x, filter, { padding: 'same', stride: [2, 2] }).shape, [1, 2, 2, 1]);

  const pooled = ops.maxPool2d(floats([1, 3, 3, 1], 1, 5, 2, 5, 0, 9, -1, -2, -3), [2, 2], {
    padding: 'same',
  });
  assert.equal([...pooled.y.values], [5, 9, -1, -3]);
  assert.equal([...pooled.argmax.values], [1, 2, 0, 0]);
});

test('averagePool2d: worked by hand; a window that sticks out counts its pixels inside alone', () => {
  const x = floats([1, 3, 3, 1], 1, 2, 3, 4, 5, 6, 7, 8, 15);
  assert.equal([...ops.averagePool2d(x, [2, 2]).values], [3]);
  assert.equal([...ops.averagePool2d(x, [2, 2], { padding: 'same' }).values], [3, 4.5, 7.5, 15]);
  const overlapping = { stride: [1, 1], padding: 'valid' } as const;
  assert.equal([...ops.averagePool2d(x, [2, 3], overlapping).values], [3.5, 7.5]);
  const twoChannels = floats([1, 1, 2, 2], 1, 10, 3, 30);
  assert.equal([...ops.averagePool2d(twoChannels, [1, 2]).values], [2, 20]);

  const same = ops.averagePool2dBackward(floats([1, 2, 2, 1], 4, 6, 8, 5), [1, 3, 3, 1], [2, 2], {
    padding: 'same',
  });
  assert.equal([...same.values], [1, 1, 3, 1, 1, 3, 4, 4, 5]);
  const overlaps = ops.averagePool2dBackward(floats([1, 2, 1, 1], 6, 12), [1, 3, 3, 1], [2, 3], overlapping);
  assert.equal([...overlaps.values], [1, 1, 1, 3, 3, 3, 2, 2, 2]);
});

test('batchMoments: worked by hand, over all dimensions but the last; exact far from 0', () => {
  const x = floats([2, 2, 1, 2], 10_001, 1, 10_002, 1, 10_003, 1, 10_004, 5);
  const { mean, variance } = ops.batchMoments(x);
  assert.equal([...mean.values], [10_002.5, 2]);
  assert.equal([...variance.values], [1.25, 3]);
});

test('updateAverage: worked by hand', () => {
  const average = floats([2], 8, -4);
  ops.updateAverage(average, floats([2], 4, 4), 0.75);
  assert.equal([...average.values], [7, -2]);
});

test('batchNorm and its backward: worked by hand', () => {
  // channel 0: mean 3, variance 4; channel 1: mean -1, variance 0; with ε = 5 the deviations are 3 and √5
  const [mean, variance] = [floats([2], 3, -1), floats([2], 4, 0)];
  const [gamma, beta] = [floats([2], 6, 10), floats([2], 0.5, 7)];
  const x = floats([2, 2], 1, -1, 5, -1);
  const y = ops.batchNorm({ x, mean, variance, gamma, beta }, 5);
  assert.equal([...y.values], [-3.5, 7, 4.5, 7]);

  const dy = floats([2, 2], 3, 1, 9, 2);
  const out = { dGamma: Tensor.zeros('float32', [2]), dBeta: Tensor.zeros('float32', [2]) };
  ops.batchNormBackwardParameters({ x, dy, mean, variance }, 5, out);
  assert.equal([...out.dGamma.values], [4, 0]); // x̂ = ∓2/3
  assert.equal([...out.dBeta.values], [12, 3]);
  // channel 0: 6/3 · (dy − 12/2 ± 2/3 · 4/2); channel 1: 10/√5 · (dy − 3/2)
  const dx = ops.batchNormBackwardInput({ x, dy, mean, variance, gamma, ...out }, 5);
  const slope = 10 / Math.sqrt(5);
  assertClose(dx.values, [-10 / 3, -slope / 2, 10 / 3, slope / 2], { rtol: 1e-6, atol: 0 });
});

test('softmax cross-entropy: log 2 for two equal logits, −log p by hand', () => {
  const { losses, probabilities } = ops.softmaxCrossEntropy(
    floats([2, 2], 5, 5, 0, Math.log(3)),
    integers(0, 1),
  );
  assertClose(losses.values, [Math.LN2, Math.log(4 / 3)], { rtol: 1e-6, atol: 0 });
  assertClose(probabilities.values, [0.5, 0.5, 0.25, 0.75], { rtol: 1e-6, atol: 0 });
});

test('label smoothing: worked by hand for two classes, its gradient probabilities − targets', () => {
  // p = 1/4, 3/4; with α = 0.2 the targets are 0.1 + 0.8·onehot
  const logits = floats([2, 2], 0, Math.log(3), 0, Math.log(3));
  const labels = integers(0, 1);
  const { losses, probabilities } = ops.softmaxCrossEntropy(logits, labels, 0.2);
  const [first, second] = [Math.log(4), Math.log(4 / 3)];
  assertClose(losses.values, [0.9 * first + 0.1 * second, 0.1 * first + 0.9 * second], {
    rtol: 1e-6,
    atol: 0,
  });
  const gradient = ops.softmaxCrossEntropyBackward(probabilities, labels, 0.2).values;
  assertClose(gradient, [-0.65 / 2, 0.65 / 2, 0.15 / 2, -0.15 / 2], { rtol: 1e-6, atol: 0 });
});

test('softmax cross-entropy: exact for logits of ±1e4, where exp overflows', () => {
  const logits = floats([3, 3], 1e4, -1e4, 0, -1e4, -1e4, -1e4, 1e4, 1e4, -1e4);
  const { losses, probabilities } = ops.softmaxCrossEntropy(logits, integers(1, 2, 0));
  assertClose(losses.values, [2e4, Math.log(3), Math.LN2], { rtol: 1e-6, atol: 0 });
  assertClose(probabilities.values, [1, 0, 0, 1 / 3, 1 / 3, 1 / 3, 0.5, 0.5, 0], { rtol: 1e-6, atol: 0 });
});

test('softmax: rows sum to 1, and adding a constant to a row changes nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 12 }), (row) => {
      const p = ops.softmax(floats([1, row.length], ...row)).values;
      const shifted = ops.softmax(floats([1, row.length], ...row.map((z) => z + 64))).values;
      assertClose([[...p].reduce((sum, value) => sum + value, 0)], [1], { rtol: 1e-6, atol: 0 });
      assertClose(shifted, p, { rtol: 1e-6, atol: 1e-30 });
    }),
    { seed: 1 },
  );
});

test('errors name the operation, the shapes and the numbers that clash', () => {
  const cases: [() => unknown, RegExp][] = [
    [
      () => ops.matmul(floats([2, 3], 0, 0, 0, 0, 0, 0), floats([2, 1], 0, 0)),
      /^matmul: inner sizes differ: A \[2, 3\] has k=3, B \[2, 1\] has k=2$/,
    ],
    [
      () => ops.matmul(floats([1, 2], 0, 0), floats([1, 3], 0, 0, 0), { transposeB: true }),
      /A \[1, 2\] has k=2, B \[1, 3\] transposed has k=3/,
    ],
    [
      () => ops.matmul(floats([2], 0, 0), floats([2, 1], 0, 0)),
      /matmul: A: expected 2 dimensions, got \[2\]/,
    ],
    [
      () => ops.addBias(floats([1, 2], 0, 0), floats([3], 0, 0, 0)),
      /addBias: bias for x \[1, 2\]: expected shape \[2\], got \[3\]/,
    ],
    [
      () =>
        ops.conv2d(
          floats([1, 2, 2, 1], 0, 0, 0, 0),
          floats([3, 3, 1, 1], ...Array.from({ length: 9 }, () => 0)),
        ),
      /conv2d: a window of 3 does not fit into 2 pixels/,
    ],
    [
      () => ops.conv2d(floats([1, 1, 1, 2], 0, 0), floats([1, 1, 1, 1], 0)),
      /conv2d: input channels of the filter: expected shape \[2\], got \[1\]/,
    ],
    [
      () => ops.averagePool2dBackward(floats([1, 1, 1, 2], 0, 0), [1, 2, 2, 1], [2, 2]),
      /averagePool2dBackward: dy: expected shape \[1, 1, 1, 1\], got \[1, 1, 1, 2\]/,
    ],
    [
      () => ops.averagePool2d(floats([2, 2], 0, 0, 0, 0), [2, 2]),
      /averagePool2d: x: expected 4 dimensions, got \[2, 2\]/,
    ],
    [() => ops.batchMoments(floats([2], 0, 0)), /batchMoments: x: expected at least 2 dimensions, got \[2\]/],
    [
      () => {
        const [x, two, three] = [floats([1, 2], 0, 0), floats([2], 0, 0), floats([3], 0, 0, 0)];
        return ops.batchNorm({ x, mean: two, variance: two, gamma: three, beta: two }, 1);
      },
      /batchNorm: gamma for x \[1, 2\]: expected shape \[2\], got \[3\]/,
    ],
    [
      () => ops.softmaxCrossEntropy(floats([1, 2], 0, 0), integers(0, 1)),
      /softmaxCrossEntropy: labels: expected shape \[1\], got \[2\]/,
    ],
    [
      () => ops.matmul(floats([1, 1], 0), floats([1, 1], 0), { out: floats([2], 0, 0) }),
      /matmul: out: expected shape \[1, 1\], got \[2\]/,
    ],
  ];
  for (const [act, message] of cases) {
    assert.throws(act, (error: unknown) => error instanceof ShapeError && message.test(error.message));
  }
});

test('tensors: wrong sizes and shapes are refused', () => {
  assert.throws(() => floats([2, 2], 1, 2, 3), /shape \[2, 2\] has 4 elements, its values 3/);
  assert.throws(() => Tensor.zeros('float32', [2, 0], 'empty'), /positive integers, got \[2, 0\]/);
  assert.throws(() => floats([2], 1, 2).reshape([3]), /reshape: \[2\] has 2 elements, \[3\] has 3/);
});

test.run();
