import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { averagePool2d, globalAveragePool } from '../../src/layers/average-pool.ts';
import { batchNorm } from '../../src/layers/batch-norm.ts';
import { conv2d } from '../../src/layers/conv2d.ts';
import { dense } from '../../src/layers/dense.ts';
import { dropout } from '../../src/layers/dropout.ts';
import { flatten } from '../../src/layers/flatten.ts';
import { leakyRelu } from '../../src/layers/leaky-relu.ts';
import { maxPool2d } from '../../src/layers/max-pool.ts';
import { relu } from '../../src/layers/relu.ts';
import { residual } from '../../src/layers/residual.ts';
import { SoftmaxCrossEntropy } from '../../src/layers/softmax-cross-entropy.ts';
import { clipGradients } from '../../src/optim/clip.ts';
import { addL2Gradient, addL2Penalty } from '../../src/optim/l2.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { assertClose } from '../helpers/close.ts';
import { checkLayerGradients, numericGradient } from '../helpers/gradient-check.ts';
import { randomTensor } from '../helpers/random-tensor.ts';

const tolerance = { rtol: 1e-6, atol: 1e-8 };

test('dense: dx, dW and db against central differences, relative 1e-6', async () => {
  await checkLayerGradients(dense(5), [7], 3);
  await checkLayerGradients(dense(1), [4], 1);
});

test('relu, leakyRelu, flatten and dropout: dx against central differences, relative 1e-6', async () => {
  await checkLayerGradients(relu(), [3, 5], 4);
  await checkLayerGradients(leakyRelu(), [3, 5], 4);
  await checkLayerGradients(leakyRelu({ negativeSlope: 0.01 }), [7], 1);
  await checkLayerGradients(flatten(), [2, 3, 4], 5);
  await checkLayerGradients(dropout(0.4), [11], 6);
});

/** Height ≠ width, odd sizes under 'same', strides, channels that are no multiple of a vector. */
const convolutions = [
  [conv2d(3, { kernelSize: 3, padding: 'same' }), [5, 4, 2], 2],
  [conv2d(2, { kernelSize: [2, 3], padding: 'valid' }), [4, 6, 3], 1],
  [conv2d(5, { kernelSize: 3, stride: 2, padding: 'same' }), [7, 6, 1], 3],
  [conv2d(3, { kernelSize: [3, 2], stride: [2, 1], padding: 'valid' }), [7, 5, 2], 2],
  [conv2d(4, { kernelSize: 1 }), [3, 2, 5], 2],
  [maxPool2d({ padding: 'same' }), [7, 5, 3], 2],
  [maxPool2d(), [4, 6, 5], 1],
  [maxPool2d({ poolSize: 3, stride: 2, padding: 'same' }), [6, 7, 2], 2],
  [maxPool2d({ poolSize: [2, 3], stride: 1, padding: 'valid' }), [5, 5, 1], 3],
] as const;

const averagePools = [
  [averagePool2d({ padding: 'same' }), [7, 5, 3], 2],
  [averagePool2d(), [4, 6, 5], 1],
  [averagePool2d({ poolSize: 3, stride: 2, padding: 'same' }), [6, 7, 2], 2],
  [averagePool2d({ poolSize: [2, 3], stride: 1, padding: 'valid' }), [5, 4, 1], 3],
  [averagePool2d({ poolSize: [1, 2], stride: 3, padding: 'valid' }), [7, 5, 2], 1],
  [globalAveragePool(), [5, 4, 3], 3],
  [globalAveragePool(), [1, 2, 7], 1],
] as const;

test('averagePool2d and globalAveragePool: dx against central differences, relative 1e-6', async () => {
  for (const [spec, inputShape, batch] of averagePools) await checkLayerGradients(spec, inputShape, batch);
});

const batchNorms = [
  [batchNorm(), [5], 7],
  [batchNorm({ epsilon: 0.1 }), [3], 2],
  [batchNorm(), [5, 4, 3], 2],
  [batchNorm({ momentum: 0.5 }), [3, 2, 7], 1],
] as const;

test('batchNorm: dx, dGamma and dBeta against central differences, relative 1e-6', async () => {
  for (const [spec, inputShape, batch] of batchNorms) await checkLayerGradients(spec, inputShape, batch);
});

/** The identity as shortcut, a projection with stride 2, a block within a block, dense layers. */
const same = { kernelSize: 3, padding: 'same' } as const;
const residuals = [
  [residual([conv2d(3, same), batchNorm({ epsilon: 0.1 }), leakyRelu(), conv2d(3, same)]), [5, 4, 3], 2],
  [residual([conv2d(5, { ...same, stride: 2 })], [conv2d(5, { kernelSize: 1, stride: 2 })]), [5, 6, 2], 1],
  [residual([residual([dense(7)]), dense(4)], [dense(4), dropout(0.3)]), [7], 3],
] as const;

test('residual: dx and every parameter against central differences, relative 1e-6', async () => {
  for (const [spec, inputShape, batch] of residuals) await checkLayerGradients(spec, inputShape, batch);
});

test('conv2d and maxPool2d: dx, dW and db against central differences, relative 1e-6', async () => {
  for (const [spec, inputShape, batch] of convolutions) await checkLayerGradients(spec, inputShape, batch);
});

test('softmax cross-entropy: d logits against central differences, relative 1e-6', () => {
  const logits = randomTensor('float64', [5, 7], 'logits');
  const labels = Tensor.from('int32', [5], Int32Array.of(6, 0, 3, 3, 1), 'labels');
  const classWeights = Tensor.from(
    'float64',
    [7],
    Float64Array.of(0.5, 2, 1, 3, 1, 0, 0.25),
    'class weights',
  );
  for (const [labelSmoothing, weights] of [
    [0, undefined],
    [0.3, undefined],
    [0, classWeights],
    [0.3, classWeights],
  ] as const) {
    const loss = new SoftmaxCrossEntropy(labelSmoothing, weights);
    const ops = new EagerOps();
    const value = (): number => loss.forward(ops, logits, labels).loss.values[0]!;
    const expected = numericGradient(value, logits.values);
    value();
    assertClose(
      loss.backward(ops).values,
      expected,
      tolerance,
      `label smoothing ${labelSmoothing}, ${weights?.name}`,
    );
  }
  assert.throws(() => new SoftmaxCrossEntropy(1), /labelSmoothing must be in \[0, 1\), got 1/);
});

test('class weights: the sum of the weighted losses, divided by the number of examples, by hand', () => {
  // p = 1/4 and 3/4 in each row
  const logits = Tensor.from(
    'float64',
    [3, 2],
    Float64Array.of(0, Math.log(3), 0, Math.log(3), 0, Math.log(3)),
  );
  const labels = Tensor.from('int32', [3], Int32Array.of(0, 1, 1));
  const classWeights = Tensor.from('float64', [2], Float64Array.of(5, 0.5));
  const { loss } = new SoftmaxCrossEntropy(0, classWeights).forward(new EagerOps(), logits, labels);
  assertClose(loss.values, [(5 * Math.log(4) + 2 * 0.5 * Math.log(4 / 3)) / 3], tolerance);
});

test('clipGradients: one norm over all parameters, kept below the limit; the direction stays', () => {
  const ops = new EagerOps();
  const make = (name: string, values: number[]) => ({
    name,
    value: Tensor.zeros('float64', [values.length], name),
    gradient: Tensor.from('float64', [values.length], Float64Array.from(values), `d ${name}`),
    decay: true,
  });
  const parameters = [make('a', [2, -3]), make('b', [6])]; // ‖g‖ = 7
  clipGradients(ops, parameters, 7.5);
  assert.equal([...parameters[0]!.gradient.values], [2, -3]);
  clipGradients(ops, parameters, 3.5);
  assertClose(
    parameters.flatMap(({ gradient }) => [...gradient.values]),
    [1, -1.5, 3],
    tolerance,
  );
  assert.throws(() => clipGradients(ops, parameters, 0), /limit must be above 0, got 0/);
});

test('L2: the gradient is the derivative of the penalty, for kernels and not for biases', () => {
  const ops = new EagerOps();
  const make = (name: string, decay: boolean) => ({
    name,
    value: randomTensor('float64', [3, 4], name),
    gradient: Tensor.zeros('float64', [3, 4], `d ${name}`),
    decay,
  });
  const parameters = [make('kernel', true), make('bias', false)];
  const nothing = Tensor.zeros('float64', [1], 'nothing');
  const penalty = (): number => addL2Penalty(ops, nothing, parameters, 0.3).values[0]!;
  const expected = parameters.map(({ value }) => numericGradient(penalty, value.values));
  addL2Gradient(ops, parameters, 0.3);
  for (const [index, { gradient, name }] of parameters.entries()) {
    assertClose(gradient.values, expected[index]!, tolerance, name);
  }
});

test.run();
