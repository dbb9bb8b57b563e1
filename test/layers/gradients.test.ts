import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SoftmaxCrossEntropy } from '../../src/layers/softmax-cross-entropy.ts';
import { clipGradients } from '../../src/optim/clip.ts';
import { addL2Gradient, addL2Penalty } from '../../src/optim/l2.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { assertClose } from '../helpers/close.ts';
import { checkLayerGradients, numericGradient } from '../helpers/gradient-check.ts';
import { chosenLayerCases } from '../helpers/layer-cases.ts';
import { randomTensor } from '../helpers/random-tensor.ts';

const tolerance = { rtol: 1e-6, atol: 1e-8 };

test('every layer: dx and all parameters against central differences in double precision, relative 1e-6', async () => {
  for (const [spec, inputShape, batch] of chosenLayerCases())
    await checkLayerGradients(spec, inputShape, batch);
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
