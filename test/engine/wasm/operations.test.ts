import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Recorder } from '../../../src/tensor/recorder.ts';
import { EagerOps } from '../../../src/tensor/reference/eager.ts';
import type { Storage } from '../../../src/tensor/tensor.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { planProgram } from '../../../src/engine/wasm/plan/plan.ts';
import { assertSameBits } from '../../helpers/close.ts';
import { assertAllChecked, awkwardShapes, check, integers, targets } from '../../helpers/conformance.ts';
import { guardedRun } from '../../helpers/guarded-run.ts';
import { randomTensor } from '../../helpers/random-tensor.ts';

test('element by element: relu, leakyRelu and their backwards, multiply, add, addScaled, addBias, every remainder', () => {
  for (const shape of awkwardShapes) {
    const [a, b] = [randomTensor('float32', shape, 'a'), randomTensor('float32', shape, 'b')];
    const bias = randomTensor('float32', [shape[1]], 'bias');
    check(`elementwise ${shape.join('×')}`, {
      inputs: [a, b, bias],
      changed: [b],
      compute(ops) {
        const results = [
          ops.elementwise(a, 'relu'),
          ops.elementwiseBackward(a, b, 'relu'),
          ops.elementwise(a, 'leakyRelu', 0.3),
          ops.elementwiseBackward(a, b, 'leakyRelu', 0.3),
          ops.multiply(a, b),
          ops.add(a, b),
          ops.addBias(a, bias),
        ];
        ops.addScaled(b, a, 0.7);
        return results;
      },
    });
  }
});

test('relu and leakyRelu let NaN and infinities through', () => {
  const x = Tensor.from(
    'float32',
    [9],
    Float32Array.of(NaN, Infinity, -Infinity, -0, 0, 1, -1, NaN, NaN),
    'x',
  );
  const recorder = new Recorder();
  const y = recorder.elementwise(x, 'relu');
  const leaky = recorder.elementwise(x, 'leakyRelu', 0.5);
  const plan = planProgram(recorder.finish('relu', [y, leaky]), targets[1]!, 1);
  const values = guardedRun(plan, 1, new Map([[x.storage, x.values]]));
  assertSameBits(values.get(y.storage)!, [NaN, Infinity, 0, -0, 0, 1, 0, NaN, NaN]);
  assertSameBits(values.get(leaky.storage)!, [NaN, Infinity, -Infinity, -0, 0, 1, -0.5, NaN, NaN]);
});

test('sums: sumRows, mean, sumSquares', () => {
  for (const shape of awkwardShapes) {
    const x = randomTensor('float32', shape, 'x');
    check(`sums ${shape.join('×')}`, {
      inputs: [x],
      compute: (ops) => [ops.sumRows(x), ops.mean(x), ops.sumSquares(x, 0.3)],
    });
  }
});

test('argmax and countEqual, with ties', () => {
  for (const columns of [1, 2, 5, 10]) {
    const x = randomTensor('float32', [9, columns], 'x');
    x.values.fill(2, columns * 3, columns * 5);
    const labels = integers('labels', 0, 0, 0, 0, 1, 0, 0, 1, 0);
    check(`argmax ${columns}`, {
      inputs: [x, labels],
      compute(ops) {
        const best = ops.argmax(x);
        return [best, ops.countEqual(best, labels)];
      },
    });
  }
});

test('gatherImages and gatherLabels: any size of image, rows in any order', () => {
  for (const pixels of [1, 3, 8, 15, 16, 37]) {
    const images = Tensor.from(
      'uint8',
      [6, pixels, 1],
      Uint8Array.from({ length: 6 * pixels }, (_, i) => (i * 37) % 256),
      'images',
    );
    const labels = Tensor.from('uint8', [6], Uint8Array.of(3, 1, 4, 1, 5, 9), 'labels');
    const indices = integers('indices', 5, 0, 0, 3, 2);
    check(`gather ${pixels}`, {
      inputs: [images, labels, indices],
      compute: (ops) => [ops.gatherImages(images, indices, 1 / 255), ops.gatherLabels(labels, indices)],
    });
  }
});

test('dropoutMask: the same elements as the plain loops, wherever a range begins', () => {
  for (const shape of awkwardShapes) {
    const step = integers('step', 41);
    const constants = { rate: 0.37, seed: 12, stream: -5 };
    check(`dropout ${shape.join('×')}`, {
      inputs: [step],
      compute: (ops) => [ops.dropoutMask('float32', shape, step, constants)],
    });
  }
});

/** Image [n, h, w, c], filter [kh, kw], filters, stride, padding. */
const convolutions = [
  [[2, 5, 4, 3], [3, 3], 7, [1, 1], 'same'],
  [[3, 6, 7, 1], [3, 3], 16, [1, 1], 'same'],
  [[1, 7, 5, 4], [2, 3], 5, [2, 1], 'valid'],
  [[4, 8, 7, 9], [3, 2], 33, [2, 2], 'same'],
  [[2, 4, 4, 6], [1, 1], 3, [1, 1], 'valid'],
  [[2, 11, 9, 2], [2, 2], 4, [3, 3], 'valid'],
  // few channels: windows whose sums are written out
  [[2, 9, 11, 3], [3, 3], 16, [2, 3], 'same'],
  [[3, 6, 5, 2], [2, 3], 48, [1, 2], 'valid'],
] as const;

test('conv2d, all three passes: sizes, strides and paddings of all kinds', () => {
  for (const [image, window, filters, stride, padding] of convolutions) {
    const x = randomTensor('float32', image, 'x');
    const filter = randomTensor('float32', [...window, image[3], filters], 'filter');
    const bias = randomTensor('float32', [filters], 'bias');
    const options = { stride, padding };
    const dyShape = new EagerOps().conv2d(x, filter, options).shape;
    const dy = randomTensor('float32', dyShape, 'dy');
    const dFilter = Tensor.zeros('float32', filter.shape, 'dFilter');
    check(`conv2d ${image.join('×')} by ${window.join('×')}`, {
      inputs: [x, filter, bias, dy, dFilter],
      changed: [dFilter],
      relativeToLargest: 2e-6,
      compute(ops) {
        ops.conv2dBackwardFilter(x, dy, { ...options, out: dFilter });
        const plain = ops.conv2d(x, filter, options);
        const fused = ops.elementwise(ops.addBias(ops.conv2d(x, filter, options), bias), 'relu');
        return [plain, fused, ops.conv2dBackwardInput(dy, filter, x.shape, options)];
      },
    });
  }
});

test('maxPool2d and its backward: overlapping, sticking out, ties', () => {
  const pools = [
    [[2, 4, 6, 5], [2, 2], [2, 2], 'valid'],
    [[3, 7, 7, 16], [2, 2], [2, 2], 'same'],
    [[2, 5, 6, 3], [3, 2], [1, 2], 'same'],
    [[2, 5, 6, 3], [2, 2], [1, 2], 'same'],
    [[1, 6, 6, 4], [3, 3], [2, 2], 'valid'],
  ] as const;
  for (const [image, size, stride, padding] of pools) {
    const x = randomTensor('float32', image, 'x');
    x.values.fill(0.5, 0, 2 * image[3]); // two equal pixels side by side
    const dy = randomTensor('float32', new EagerOps().maxPool2d(x, size, { stride, padding }).y.shape, 'dy');
    check(`maxPool2d ${image.join('×')}`, {
      inputs: [x, dy],
      compute(ops) {
        const { y, argmax } = ops.maxPool2d(x, size, { stride, padding });
        return [y, argmax, ops.maxPool2dBackward(dy, argmax, image, size, { stride, padding })];
      },
    });
  }
});

test('clipByNorm: norms above and below the limit, 0, infinite; every remainder', () => {
  for (const shape of awkwardShapes) {
    for (const square of [0, 0.25, 4, 7.3, Infinity]) {
      const x = randomTensor('float32', shape, 'x');
      const squares = Tensor.from('float32', [1], Float32Array.of(square), 'squares');
      check(`clipByNorm ${shape.join('×')}, ${square}`, {
        inputs: [x, squares],
        changed: [x],
        compute(ops) {
          ops.clipByNorm(x, squares, 2);
          return [];
        },
      });
    }
  }
});

test('weightByClass: rows of 1 to 33, and a number for each example', () => {
  const weights = Tensor.from('float32', [3], Float32Array.of(0.5, 0, 7), 'weights');
  for (const shape of [...awkwardShapes, [6]]) {
    const x = randomTensor('float32', shape, 'x');
    const labels = integers('labels', ...Array.from({ length: shape[0] }, (_, row) => (2 * row) % 3));
    check(`weightByClass ${shape.join('×')}`, {
      inputs: [x, labels, weights],
      compute: (ops) => [ops.weightByClass(x, labels, weights)],
    });
  }
});

test('softmax, cross-entropy and its gradient: 1 to 21 classes, logits up to ±1e4', () => {
  for (const classes of [1, 2, 3, 4, 5, 8, 10, 13, 21]) {
    for (const scale of [1, 30, 1e4]) {
      const logits = randomTensor('float32', [5, classes], `logits ${scale}`);
      logits.values.forEach((value, i) => (logits.values[i] = value * scale));
      const labels = integers('labels', ...[0, 1, 2, 3, 4].map((row) => row % classes));
      check(`softmax of ${classes} to ${scale}`, {
        inputs: [logits, labels],
        compute(ops) {
          const { losses, probabilities } = ops.softmaxCrossEntropy(logits, labels);
          return [
            losses,
            probabilities,
            ops.softmaxCrossEntropyBackward(probabilities, labels),
            ops.softmax(logits),
          ];
        },
      });
      check(`softmax of ${classes} to ${scale}, label smoothing`, {
        inputs: [logits, labels],
        compute(ops) {
          const { losses, probabilities } = ops.softmaxCrossEntropy(logits, labels, 0.15);
          return [losses, ops.softmaxCrossEntropyBackward(probabilities, labels, 0.15)];
        },
      });
    }
  }
});

test('softmax of NaN is NaN, so that a diverged run is noticed', () => {
  const logits = Tensor.from('float32', [1, 5], Float32Array.of(1, 2, NaN, 3, 4), 'logits');
  const recorder = new Recorder();
  const { losses } = recorder.softmaxCrossEntropy(logits, integers('labels', 0));
  const plan = planProgram(recorder.finish('loss', [losses]), targets[1]!, 1);
  const inputs = new Map<Storage, ArrayLike<number>>([[logits.storage, logits.values]]);
  for (const { storage } of plan.phases.flat().flatMap(({ accesses }) => accesses)) {
    if (storage.dtype === 'int32') inputs.set(storage, [0]);
  }
  assert.ok(Number.isNaN(guardedRun(plan, 1, inputs).get(losses.storage)![0]));
});

test('sgd and adam: every option, every remainder', () => {
  for (const shape of awkwardShapes) {
    const make = (name: string) => randomTensor('float32', shape, name);
    const [weight, gradient, velocity, m] = [make('w'), make('g'), make('velocity'), make('m')];
    const v = make('v');
    v.values.forEach((value, i) => (v.values[i] = Math.abs(value)));
    const coefficients = Tensor.from('float32', [2], Float32Array.of(0.01, 0.002), 'coefficients');
    const decays = [{ decoupledDecay: false }, { decoupledDecay: true }];
    for (const decay of decays) {
      for (const nesterov of [false, true]) {
        check(`sgd ${shape.join('×')} ${JSON.stringify(decay)}`, {
          inputs: [weight, gradient, velocity, coefficients],
          changed: [weight, velocity],
          compute(ops) {
            ops.sgdUpdate(
              { weight, gradient, velocity, coefficients },
              { momentum: 0.9, nesterov, ...decay },
            );
            return [];
          },
        });
      }
      check(`adam ${shape.join('×')} ${JSON.stringify(decay)}`, {
        inputs: [weight, gradient, m, v, coefficients],
        changed: [weight, m, v],
        compute(ops) {
          ops.adamUpdate(
            { weight, gradient, m, v, coefficients },
            { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, ...decay },
          );
          return [];
        },
      });
    }
  }
});

test('a product that something else reads too is not fused away', () => {
  const x = randomTensor('float32', [5, 6], 'x');
  const w = randomTensor('float32', [6, 7], 'w');
  const bias = randomTensor('float32', [7], 'bias');
  check('product read twice', {
    inputs: [x, w, bias],
    compute(ops) {
      const product = ops.matmul(x, w);
      const sum = ops.addBias(product, bias);
      return [ops.elementwise(sum, 'relu'), ops.multiply(product, product), ops.sumRows(sum)];
    },
  });
});

test('random programs: generated code and plain loops agree, however operations are fused and scheduled', () => {
  const size = fc.integer({ min: 1, max: 12 });
  const steps = fc.array(fc.nat(6), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(size, size, steps, (rows, columns, choices) => {
      const x = randomTensor('float32', [rows, columns], 'x');
      const square = randomTensor('float32', [columns, columns], 'square');
      const bias = randomTensor('float32', [columns], 'bias');
      const state = randomTensor('float32', [rows, columns], 'state');
      check(`program ${choices.join()}`, {
        inputs: [x, square, bias, state],
        changed: [state, square],
        relativeToLargest: 1e-5,
        compute(ops) {
          let y: Tensor = x;
          for (const choice of choices) {
            if (choice === 0) y = ops.elementwise(ops.addBias(ops.matmul(y, square), bias), 'relu');
            else if (choice === 1)
              y = ops.elementwiseBackward(x, ops.matmul(y, square, { transposeB: true }), 'relu');
            else if (choice === 2) y = ops.add(y, state);
            else if (choice === 3) ops.addScaled(state, y, 0.5);
            else if (choice === 4) y = ops.addBias(y, ops.sumRows(state));
            else if (choice === 5) ops.addScaled(square, ops.matmul(x, state, { transposeA: true }), 0.1);
            else y = ops.softmax(y);
          }
          return [y, ops.mean(y)];
        },
      });
    }),
    { seed: 3, numRuns: 60 },
  );
});

test('every operation without a test file of its own was among those checked', () => assertAllChecked());

test.run();
