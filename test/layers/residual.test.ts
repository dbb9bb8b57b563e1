import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { batchNorm } from '../../src/layers/batch-norm.ts';
import { conv2d } from '../../src/layers/conv2d.ts';
import { dense } from '../../src/layers/dense.ts';
import { relu } from '../../src/layers/relu.ts';
import { residual } from '../../src/layers/residual.ts';
import { sequential } from '../../src/layers/sequential.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/model/safetensors.ts';
import { summarize } from '../../src/model/summary.ts';
import { readWeights, writeWeights } from '../../src/model/weights.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { ShapeError } from '../../src/tensor/shape.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { randomTensor } from '../helpers/random-tensor.ts';

const ops = new EagerOps();
const floats = (shape: readonly number[], ...values: number[]): Tensor =>
  Tensor.from('float32', shape, Float32Array.from(values), 't');

test('y = body(x) + shortcut(x), worked by hand; dx adds both ways', () => {
  const model = sequential([residual([dense(2), relu()])], { inputShape: [2] });
  model.parameters[0]!.value.values.set([1, -1, 2, 0.5]);
  model.parameters[1]!.value.values.set([0, -1]);
  const y = model.forward(ops, floats([1, 2], 3, 4), { training: false });
  assert.equal([...y.values], [3 + 11, 4 + 0]); // x·W + b = [11, −2]
  const dx = model.backward(ops, floats([1, 2], 10, 100));
  assert.equal([...dx.values], [10 + 10 * 1, 100 + 10 * 2]); // ReLU stops the second gradient

  const projected = sequential([residual([dense(1)], [dense(1)])], { inputShape: [2] });
  projected.parameters[0]!.value.values.set([1, 2]);
  projected.parameters[2]!.value.values.set([10, 20]);
  assert.equal([...projected.forward(ops, floats([1, 2], 3, 4), { training: false }).values], [11 + 110]);
  assert.equal([...projected.backward(ops, floats([1, 1], 1)).values], [11, 22]);
});

const block = () =>
  residual(
    [conv2d(3, { padding: 'same', stride: 2 }), batchNorm(), relu(), conv2d(3, { padding: 'same' })],
    [conv2d(3, { kernelSize: 1, stride: 2 }), batchNorm()],
  );
const names = [
  'residual_1/body/conv2d_1/kernel',
  'residual_1/body/conv2d_1/bias',
  'residual_1/body/batch_norm_1/gamma',
  'residual_1/body/batch_norm_1/beta',
  'residual_1/body/conv2d_2/kernel',
  'residual_1/body/conv2d_2/bias',
  'residual_1/shortcut/conv2d_1/kernel',
  'residual_1/shortcut/conv2d_1/bias',
  'residual_1/shortcut/batch_norm_1/gamma',
  'residual_1/shortcut/batch_norm_1/beta',
];

test('the names of parameters tell body and shortcut, and blocks inside of blocks, apart', () => {
  const model = sequential([block(), residual([residual([conv2d(3, { kernelSize: 1 })])])], {
    inputShape: [5, 6, 2],
  });
  assert.equal(
    model.parameters.map(({ name }) => name),
    [
      ...names,
      'residual_2/body/residual_1/body/conv2d_1/kernel',
      'residual_2/body/residual_1/body/conv2d_1/bias',
    ],
  );
  assert.equal(
    model.state.map(({ name }) => name),
    ['body', 'shortcut'].flatMap((part) =>
      ['mean', 'variance'].map((what) => `residual_1/${part}/batch_norm_1/running_${what}`),
    ),
  );
  assert.equal(
    model.layers.map(({ name }) => name),
    ['residual_1', 'residual_2'],
  );
  // 57 + 6 + 84 in the body and 9 + 6 in the shortcut are trained, 6 + 6 are running averages
  assert.match(summarize(model), /residual_1 +│ \[n, 3, 3, 3\] +│ +174 │/);
});

test('body and shortcut start with weights of their own, and go through a file with their state', async () => {
  const make = (seed: number) => sequential([block()], { inputShape: [5, 6, 2], seed });
  const engine = new ReferenceEngine();
  const [model, other] = [make(1), make(2)];
  const kernels = model.parameters.filter(({ name }) => name.endsWith('kernel'));
  assert.not.equal(kernels[0]!.value.values.slice(0, 6), kernels[2]!.value.values.slice(0, 6));
  const x = randomTensor('float32', [2, 5, 6, 2], 'x');
  model.forward(ops, x, { training: true, step: Tensor.zeros('int32', [1]) });
  const file = encodeSafetensors(await readWeights(model, engine));
  writeWeights(other, engine, decodeSafetensors(file, 'file'), 'file');
  const mode = { training: false } as const;
  assert.equal(other.forward(ops, x, mode).values, model.forward(ops, x, mode).values);
});

test('shapes that cannot be added are refused, with both shapes and what to do', () => {
  assert.throws(
    () => sequential([residual([conv2d(8)])], { inputShape: [7, 6, 3] }),
    (error: unknown) =>
      error instanceof ShapeError &&
      error.message ===
        'residual_1: the body makes [5, 4, 8] of [7, 6, 3], the shortcut [7, 6, 3]: they cannot be added; ' +
          'give the shortcut layers that make the same shape, such as a conv2d with kernelSize 1',
  );
});

test.run();
