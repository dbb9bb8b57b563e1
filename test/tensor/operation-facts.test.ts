import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { flopsOf } from '../../src/tensor/operation-facts.ts';
import { makeModel } from '../../bench/networks/forward.ts';
import { adam } from '../../src/optim/adam.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { recordTrainingStep } from '../../src/train/training-step.ts';

function flopsIn(record: (ops: Recorder) => Tensor): number[] {
  const ops = new Recorder();
  return ops.finish('test', [record(ops)]).operations.map(flopsOf);
}

function zeros(...shape: number[]): Tensor<'float32'> {
  return Tensor.zeros('float32', shape, 'x');
}

test('a product [4, 5]·[5, 6] has 24 sums of 5 products: 240, in all four forms', () => {
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const a = transposeA ? zeros(5, 4) : zeros(4, 5);
      const b = transposeB ? zeros(6, 5) : zeros(5, 6);
      assert.equal(
        flopsIn((ops) => ops.matmul(a, b, { transposeA, transposeB })),
        [240],
      );
    }
  }
});

test('a convolution: 18 pixels of 7 outputs, each a sum of 3·2·3 products: 4,536, forward and both ways back', () => {
  const [x, filter, dy] = [zeros(2, 5, 4, 3), zeros(3, 2, 3, 7), zeros(2, 3, 3, 7)];
  assert.equal(
    flopsIn((ops) => ops.conv2d(x, filter)),
    [4536],
  );
  assert.equal(
    flopsIn((ops) => ops.conv2dBackwardInput(dy, filter, x.shape)),
    [4536],
  );
  assert.equal(
    flopsIn((ops) => {
      const out = zeros(3, 2, 3, 7);
      ops.conv2dBackwardFilter(x, dy, { out });
      return out;
    }),
    [4536],
  );
});

test('taps on padding count, strides leave windows out', () => {
  // same, stride 2: 3 × 2 pixels of 7 outputs, 3·3·2 products each
  assert.equal(
    flopsIn((ops) => ops.conv2d(zeros(1, 5, 4, 2), zeros(3, 3, 2, 7), { padding: 'same', stride: [2, 2] })),
    [2 * 6 * 7 * 18],
  );
});

test('all else counts nothing', () => {
  assert.equal(
    flopsIn((ops) => ops.elementwise(zeros(3, 4), 'relu')),
    [0],
  );
});

/** A step on one image. */
function stepFlops(name: string): number {
  const examples = {
    images: Tensor.zeros('uint8', [1, 28, 28, 1], 'images'),
    labels: Tensor.zeros('uint8', [1], 'labels'),
  };
  const program = recordTrainingStep(
    {
      model: makeModel(name, examples, 10),
      examples,
      optimizer: adam(),
      l2: 0,
      step: Tensor.zeros('int32', [1], 'step'),
      lossTotal: zeros(1),
      correctTotal: zeros(1),
    },
    Tensor.zeros('int32', [1], 'indices'),
  );
  return program.operations.reduce((sum, operation) => sum + flopsOf(operation), 0);
}

test('a step of the MLP: three times 105,984 forward, less the gradient of the images, 50,176', () => {
  assert.is(2 * (784 * 32 + 32 * 64 + 64 * 128 + 128 * 128 + 128 * 10), 105_984);
  assert.is(stepFlops('mlp'), 3 * 105_984 - 50_176);
});

test('a step of the CNN: three times 15,429,120 forward, less the gradient of the images, 451,584', () => {
  const convolutions = [28 * 28 * 9 * 1 * 32, 14 * 14 * 9 * 32 * 64, 7 * 7 * 9 * 64 * 128];
  const dense = [2048 * 128, 128 * 10];
  assert.is(2 * [...convolutions, ...dense].reduce((sum, value) => sum + value, 0), 15_429_120);
  assert.is(stepFlops('cnn'), 3 * 15_429_120 - 451_584);
});

test.run();
