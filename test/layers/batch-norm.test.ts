import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { batchNorm } from '../../src/layers/batch-norm.ts';
import { tensorsOf } from '../../src/layers/make-tensor.ts';
import { dense } from '../../src/layers/dense.ts';
import type { Layer, Mode } from '../../src/layers/layer.ts';
import { sequential } from '../../src/layers/sequential.ts';
import { countParameters, countState } from '../../src/model/parameter-count.ts';
import { summarize } from '../../src/model/summary.ts';
import { readWeights, writeWeights } from '../../src/model/weights.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import type { Shape } from '../../src/tensor/shape.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { assertClose } from '../helpers/close.ts';
import { randomTensor } from '../helpers/random-tensor.ts';

const ops = new EagerOps();
const training: Mode = { training: true, step: Tensor.zeros('int32', [1]) };
const inference: Mode = { training: false };
const tolerance = { rtol: 1e-12, atol: 1e-14 };

const build = (inputShape: Shape, options = {}): Layer =>
  batchNorm(options).build({
    name: 'batch_norm_1',
    inputShape,
    seed: 0,
    dtype: 'float64',
    tensor: tensorsOf('float64'),
  });
const column = (...values: number[]): Tensor =>
  Tensor.from('float64', [values.length, 1], Float64Array.from(values), 'x');
const values = (tensors: readonly Tensor[]): number[] => tensors.flatMap((tensor) => [...tensor.values]);

test('in training every channel has mean beta and deviation gamma, whatever x is', () => {
  const layer = build([5, 3, 4], { epsilon: 1e-12 });
  const [gamma, beta] = [
    [2, -1, 3, 0.5],
    [7, 0, -4, 1],
  ];
  layer.parameters[0]!.value.values.set(gamma);
  layer.parameters[1]!.value.values.set(beta);
  const y = layer.forward(ops, randomTensor('float64', [6, 5, 3, 4], 'x'), training);
  const { mean, variance } = ops.batchMoments(y);
  assertClose(mean.values, beta, { rtol: 1e-9, atol: 1e-9 });
  assertClose(
    variance.values,
    gamma.map((value) => value ** 2),
    { rtol: 1e-9, atol: 0 },
  );
});

test('running averages: from 0 and 1, a step of training moves them; worked by hand', () => {
  const layer = build([1], { momentum: 0.75 });
  assert.equal(
    layer.state!.map(({ name }) => name),
    ['batch_norm_1/running_mean', 'batch_norm_1/running_variance'],
  );
  assert.equal(values(layer.state!), [0, 1]);
  layer.forward(ops, column(2, 6), training); // mean 4, variance 4
  assertClose(values(layer.state!), [1, 1.75], tolerance);
  layer.forward(ops, column(-7), training); // mean −7, variance 0
  assertClose(values(layer.state!), [-1, 1.3125], tolerance);
});

test('inference reads the running averages and does not move them; the examples do not act on each other', () => {
  const layer = build([1], { epsilon: 0.25 });
  layer.forward(ops, column(1, 2), training);
  layer.state![0]!.values[0] = 10;
  layer.state![1]!.values[0] = 2;
  layer.parameters[0]!.value.values[0] = 3;
  layer.parameters[1]!.value.values[0] = -1;
  const y = layer.forward(ops, column(10, 13, 7), inference);
  assertClose(y.values, [-1, 5, -7], tolerance); // 3 · (x − 10) / 1.5 − 1
  assert.equal(values(layer.state!), [10, 2]);
});

test('backward in inference: the averages are constants, so that each row is by itself', () => {
  const layer = build([1], { epsilon: 0.25 });
  assert.throws(() => layer.backward(ops, column(1)), /batch_norm_1: backward was called before forward/);
  layer.state![0]!.values[0] = 10;
  layer.state![1]!.values[0] = 2;
  layer.parameters[0]!.value.values[0] = 3;
  layer.parameters[1]!.value.values[0] = -1;
  layer.forward(ops, column(10, 13, 7), inference);
  const dx = layer.backward(ops, column(1, -2, 5));
  // dx = 3 / 1.5 · dy; x̂ = 0, 2, −2
  assertClose(dx.values, [2, -4, 10], tolerance);
  assertClose(layer.parameters[0]!.gradient.values, [0 - 4 - 10], tolerance);
  assertClose(layer.parameters[1]!.gradient.values, [4], tolerance);
});

test('gamma starts at 1 and beta at 0; neither decays', () => {
  const { parameters } = build([2]);
  assert.equal(
    parameters.map(({ name, value, decay }) => [name, [...value.values], decay]),
    [
      ['batch_norm_1/gamma', [1, 1], false],
      ['batch_norm_1/beta', [0, 0], false],
    ],
  );
});

test('running averages are saved with the weights and restored; a file without them is refused', async () => {
  const make = (seed: number) => sequential([dense(3), batchNorm()], { inputShape: [2], seed });
  const engine = new ReferenceEngine();
  const [trained, other] = [make(1), make(2)];
  trained.forward(ops, randomTensor('float32', [5, 2], 'x'), training);
  const weights = await readWeights(trained, engine);
  assert.equal(
    [...weights.keys()],
    [
      'dense_1/kernel',
      'dense_1/bias',
      'batch_norm_1/gamma',
      'batch_norm_1/beta',
      'batch_norm_1/running_mean',
      'batch_norm_1/running_variance',
    ],
  );
  assert.ok(values(trained.state).every((value) => value !== 0 && value !== 1));
  writeWeights(other, engine, weights, 'file');
  assert.equal(values(other.state), values(trained.state));
  weights.delete('batch_norm_1/running_mean');
  const missing = /file: batch_norm_1\/running_mean \[3\] is missing/;
  assert.throws(() => writeWeights(other, engine, weights, 'file'), missing);
});

test('the summary counts running averages as non-trainable, below the total', () => {
  const model = sequential([dense(3), batchNorm()], { inputShape: [2] });
  assert.is(countParameters(model), 15);
  assert.is(countState(model), 6);
  const text = summarize(model);
  assert.match(text, /batch_norm_1 +│ \[n, 3\] +│ +12 │/);
  assert.match(text, /total .* 21 │\n.* trainable .* 15 │\n.* non-trainable .* 6 │\n/);
  assert.not.match(summarize(sequential([dense(3)], { inputShape: [2] })), /trainable/);
});

test.run();
