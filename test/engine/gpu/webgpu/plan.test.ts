import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { trainingInputs } from '../../../../bench/networks/training.ts';
import { fashionMnist } from '../../../../src/data/idx/fashion-mnist.ts';
import type { Part } from '../../../../src/engine/gpu/webgpu/call.ts';
import { byLevel, countBarriers } from '../../../../src/engine/gpu/webgpu/order.ts';
import { Graph } from '../../../../src/engine/gpu/webgpu/plan/graph.ts';
import { planWithoutDevice } from '../../../../src/engine/gpu/webgpu/plan/without-device.ts';
import { SoftmaxCrossEntropy } from '../../../../src/layers/softmax-cross-entropy.ts';
import { Recorder } from '../../../../src/tensor/recorder.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { recordTrainingStep } from '../../../../src/train/training-step.ts';
import { fusedCases } from '../../../helpers/operation-cases/fused.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';

const kinds = (parts: readonly Part[]): string[] =>
  parts.map(({ operations }) => operations.map(({ kind }) => kind).join(' + '));

for (const [model, mostDispatches, mostBarriers] of [
  ['mlp', 24, 14],
  ['cnn', 36, 24],
] as const) {
  test(`a step of the ${model} is at most ${mostDispatches} dispatches, with at most ${mostBarriers} barriers`, async () => {
    const indices = Tensor.zeros('int32', [64], 'indices');
    const program = recordTrainingStep(trainingInputs(model, fashionMnist()), indices);
    const parts = await planWithoutDevice(program);
    const calls = byLevel(parts.flatMap((part) => part.calls));
    console.log(`${model}: ${calls.length} dispatches, ${countBarriers(calls)} barriers`);
    assert.ok(calls.length <= mostDispatches, `${calls.length} dispatches`);
    assert.ok(countBarriers(calls) <= mostBarriers, `${countBarriers(calls)} barriers`);
    const carriedOut = parts.flatMap(({ operations }) => operations);
    assert.is(new Set(carriedOut).size, carriedOut.length, 'each operation once');
    assert.is(carriedOut.length, program.operations.length);
    for (const { kernel, storages } of calls) {
      assert.is(storages.length, kernel.bindings.length, kernel.name);
      assert.ok(kernel.bindings.length <= 8, kernel.name);
    }
  });
}

test('the head of a step is one part, with and without weights of the classes', async () => {
  const labels = Tensor.zeros('int32', [5], 'labels');
  const [lossTotal, correctTotal] = [Tensor.zeros('float32', [1], 'a'), Tensor.zeros('float32', [1], 'b')];
  for (const weights of [undefined, Tensor.zeros('float32', [3], 'weights')]) {
    const ops = new Recorder();
    const head = new SoftmaxCrossEntropy(0.1, weights);
    const logits = ops.multiply(randomTensor('float32', [5, 3], 'x'), randomTensor('float32', [5, 3], 'y'));
    const { loss, predictions: probabilities } = head.forward(ops, logits, labels);
    const dx = ops.multiply(head.backward(ops), logits);
    ops.addScaled(lossTotal, loss, 5);
    ops.addScaled(correctTotal, ops.countEqual(ops.argmax(probabilities), labels), 1);
    const parts = await planWithoutDevice(ops.finish('step', [dx]));
    assert.is(parts.length, 3, kinds(parts).join('\n'));
    assert.match(parts[1]!.calls[0]!.kernel.name, 'dLogits, lossTotal, correctTotal');
    assert.is(parts[1]!.operations.length, weights ? 9 : 7);
  }
});

/** How many parts cases have that are fused further on other engines, by the beginnings of their names. */
const partsOf: readonly (readonly [string, number])[] = [
  ['relu, max-pooling and back', 4], // a product, a sum, the pool with its ReLU, and their backward
  ['convolution', 2], // with its bias; the pool with its ReLU
  ['gradient of', 3], // behind the pool; of the filter; of the bias
];

test('what follows a product, a pool, a loss, an update or a batch is carried out with it', async () => {
  for (const { name, build } of fusedCases) {
    const ops = new Recorder();
    const { changed = [], compute } = build('float32');
    const parts = await planWithoutDevice(ops.finish(name, [...compute(ops), ...changed]));
    const [, most] = partsOf.find(([begin]) => name.startsWith(begin)) ?? ['', 1];
    assert.is(parts.length, most, `${name}: ${kinds(parts).join('; ')}`);
  }
});

test('what another operation needs is not fused away', async () => {
  const [x, w] = [randomTensor('float32', [4, 6], 'x'), randomTensor('float32', [6, 5], 'w')];
  const bias = randomTensor('float32', [5], 'bias');
  const ops = new Recorder();
  const product = ops.matmul(x, w);
  const y = ops.addBias(product, bias);
  const parts = await planWithoutDevice(ops.finish('p', [product, y]));
  assert.equal(kinds(parts), ['matmul', 'addBias']);
  const again = new Recorder();
  const fused = again.addBias(again.matmul(x, w), bias);
  assert.equal(kinds(await planWithoutDevice(again.finish('p', [fused]))), ['matmul + addBias']);
});

test('tensors that are too long for the kernels of gpu.js are refused, with the name of the operation', async () => {
  const step = Tensor.zeros('int32', [1], 'step');
  const plan = (length: number): Promise<unknown> => {
    const ops = new Recorder();
    const mask = ops.dropoutMask('float32', [length], step, { rate: 0.5, seed: 1, stream: 2 });
    return planWithoutDevice(ops.finish('p', [mask]));
  };
  await plan(2 ** 24);
  let message = '';
  await plan(2 ** 24 + 1).catch((error: unknown) => (message = (error as Error).message));
  assert.match(
    message,
    /^dropoutMask: the gpu engine addresses 16777216 numbers in a tensor, not 16777217: /,
  );
});

test('an operation follows another early only if nothing between them stands in its way', () => {
  const [x, target] = [Tensor.zeros('float32', [2], 'x'), Tensor.zeros('float32', [2], 'target')];
  const ops = new Recorder();
  const first = ops.multiply(x, x); // 0
  ops.addScaled(target, x, 1); // 1
  const second = ops.multiply(x, x); // 2
  const third = ops.multiply(target, x); // 3
  ops.addScaled(x, x, 1); // 4
  const last = ops.multiply(x, first); // 5
  const { operations } = ops.finish('p', [first, second, third, last]);
  const graph = new Graph(operations, []);
  assert.ok(graph.canFollow(operations[0]!, operations[2]!));
  assert.not.ok(graph.canFollow(operations[0]!, operations[3]!), 'it reads what 1 writes');
  assert.ok(graph.canFollow(operations[0]!, operations[3]!, [operations[1]!]), 'which is carried out, too');
  assert.not.ok(graph.canFollow(operations[0]!, operations[4]!), 'it writes what 2 reads');
  assert.not.ok(graph.canFollow(operations[3]!, operations[5]!), 'it reads what 4 writes');
});

test.run();
