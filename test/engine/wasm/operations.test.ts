import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Recorder } from '../../../src/tensor/recorder.ts';
import type { Storage } from '../../../src/tensor/tensor.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { planProgram } from '../../../src/engine/wasm/plan/plan.ts';
import { assertSameBits } from '../../helpers/close.ts';
import { check, targets } from '../../helpers/conformance.ts';
import { GuardedEngine } from '../../helpers/guarded-engine.ts';
import { guardedRun } from '../../helpers/guarded-run.ts';
import { operationCases } from '../../helpers/operation-cases.ts';
import { awkwardShapes, integers } from '../../helpers/operation-cases/case.ts';
import { randomTensor } from '../../helpers/random-tensor.ts';
import { runCases } from '../../helpers/run-cases.ts';

const tolerance = { rtol: 2e-6, atol: 2e-7, ofLargest: 0, ofLargestSum: 2e-6 };

for (const target of targets) {
  test(`every operation on 1 thread and on 3, ${target.wide ? 256 : 128} bits: like the reference, and the same bits`, async () => {
    const one = await runCases(() => new GuardedEngine(target, 1), { tolerance });
    const three = await runCases(() => new GuardedEngine(target, 3), { tolerance });
    assert.is(one.size, operationCases.length);
    for (const [name, results] of three) {
      for (const [index, values] of results.entries()) {
        assertSameBits(values, one.get(name)![index]!, `${name}, result ${index}`);
      }
    }
  });
}

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

/** Image [n, h, w, c], filter [kh, kw], filters, stride, padding. */
const convolutions = [
  [[2, 5, 4, 3], [3, 3], 7, [1, 1], 'same'],
  [[3, 6, 7, 1], [3, 3], 16, [1, 1], 'same'],
  [[1, 7, 5, 4], [2, 3], 5, [2, 1], 'valid'],
  [[4, 8, 7, 9], [3, 2], 33, [2, 2], 'same'],
  [[2, 4, 4, 6], [1, 1], 3, [1, 1], 'valid'],
  [[2, 11, 9, 2], [2, 2], 4, [3, 3], 'valid'],
  // few channels: windows whose sums are unrolled
  [[2, 9, 11, 3], [3, 3], 16, [2, 3], 'same'],
  [[3, 6, 5, 2], [2, 3], 48, [1, 2], 'valid'],
] as const;

test('conv2d, a bias and ReLU in one kernel: sizes, strides and paddings of all kinds', () => {
  for (const [image, window, filters, stride, padding] of convolutions) {
    const x = randomTensor('float32', image, 'x');
    const filter = randomTensor('float32', [...window, image[3], filters], 'filter');
    const bias = randomTensor('float32', [filters], 'bias');
    check(`conv2d ${image.join('×')} by ${window.join('×')}`, {
      inputs: [x, filter, bias],
      relativeToLargest: 2e-6,
      compute: (ops) => [
        ops.elementwise(ops.addBias(ops.conv2d(x, filter, { stride, padding }), bias), 'relu'),
      ],
    });
  }
});

test('clipByNorm: an infinite norm makes zeros', () => {
  for (const shape of awkwardShapes) {
    const x = randomTensor('float32', shape, 'x');
    const squares = Tensor.from('float32', [1], Float32Array.of(Infinity), 'squares');
    check(`clipByNorm ${shape.join('×')}`, {
      inputs: [x, squares],
      changed: [x],
      compute(ops) {
        ops.clipByNorm(x, squares, 2);
        return [];
      },
    });
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

test('random programs: generated code and the reference agree, however operations are fused and scheduled', () => {
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

test.run();
