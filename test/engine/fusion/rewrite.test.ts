import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EagerOps } from '../../../src/tensor/reference/eager.ts';
import { compute } from '../../../src/tensor/reference/kernels.ts';
import { Recorder } from '../../../src/tensor/recorder.ts';
import type { Ops } from '../../../src/tensor/ops.ts';
import { type DataType, Tensor, zeros } from '../../../src/tensor/tensor.ts';
import { inputsOf, nameOf, outputsOf } from '../../../src/tensor/operation.ts';
import type { Program } from '../../../src/tensor/program.ts';
import { rewrite } from '../../../src/engine/fusion/rewrite.ts';
import { assertClose } from '../../helpers/close.ts';
import { randomTensor } from '../../helpers/random-tensor.ts';

const x = randomTensor('float32', [2, 7, 5, 3], 'x');
const size = [2, 2] as const;
const padding = { padding: 'same' } as const;

/** ReLU, pool, and what a layer with a bias before them does on the way back. */
function block(ops: Ops, window: readonly [number, number], stride: readonly [number, number]): Tensor[] {
  const y = ops.elementwise(x, 'relu');
  const pooled = ops.maxPool2d(y, window, { ...padding, stride });
  const dy = ops.multiply(pooled.y, pooled.y);
  const dPooled = ops.maxPool2dBackward(dy, pooled.argmax, y.shape, window, { ...padding, stride });
  const dx = ops.elementwiseBackward(y, dPooled, 'relu');
  return [pooled.y, dx, ops.sumRows(dx)];
}

function kinds(program: Program): string[] {
  return program.operations.map(nameOf);
}

/** The operations one after the other with the reference. */
function run(program: Program): void {
  const tensors: Tensor<DataType>[] = program.operations.flatMap((operation) => [
    ...inputsOf(operation),
    ...outputsOf(operation),
  ]);
  for (const { storage } of tensors) storage.values ??= zeros(storage.dtype, storage.length);
  for (const operation of program.operations) compute(operation);
}

test('ReLU goes behind the pool, its gradient before that of the pool, the sum before both', () => {
  const recorder = new Recorder();
  const program = recorder.finish('block', block(recorder, size, size));
  assert.equal(kinds(program).slice(0, 2), ['relu', 'maxPool2d']);
  assert.equal(kinds(rewrite(program)), [
    'maxPool2d',
    'relu',
    'multiply',
    'reluBackward',
    'maxPool2dBackward',
    'sumRows',
  ]);
});

test('the results are the same, with windows that overlap, too, and where all of a window is negative', () => {
  for (const [window, stride] of [
    [size, size],
    [
      [3, 2],
      [1, 2],
    ],
  ] as const) {
    const recorder = new Recorder();
    const results = block(recorder, window, stride);
    run(rewrite(recorder.finish('block', results)));
    const expected = block(new EagerOps(), window, stride);
    const [pooled, dx, sum] = results as [Tensor, Tensor, Tensor];
    assert.equal([...pooled.values], [...expected[0]!.values]);
    assert.equal([...dx.values], [...expected[1]!.values]);
    assertClose(sum.values, expected[2]!.values, { rtol: 1e-6, atol: 1e-6 }, 'sum');
    assert.ok(
      pooled.values.some((value) => value === 0),
      'a window without positive numbers',
    );
  }
});

test('nothing is moved where something else reads the result of ReLU', () => {
  const readers: ((ops: Ops, y: Tensor, pooled: Tensor) => Tensor[])[] = [
    (_, y, pooled) => [y, pooled], // an output of the program
    (ops, y, pooled) => [ops.multiply(y, y), pooled],
  ];
  for (const read of readers) {
    const recorder = new Recorder();
    const y = recorder.elementwise(x, 'relu');
    const program = recorder.finish('shared', read(recorder, y, recorder.maxPool2d(y, size, padding).y));
    assert.equal(kinds(rewrite(program)), kinds(program));
  }
});

test('nothing is moved where the gradient of the pool has another reader', () => {
  const recorder = new Recorder();
  const y = recorder.elementwise(x, 'relu');
  const pooled = recorder.maxPool2d(y, size, padding);
  const dPooled = recorder.maxPool2dBackward(pooled.y, pooled.argmax, y.shape, size, padding);
  const program = recorder.finish('shared gradient', [
    recorder.elementwiseBackward(y, dPooled, 'relu'),
    recorder.elementwise(dPooled, 'relu'),
  ]);
  assert.equal(kinds(rewrite(program)), kinds(program));
});

test.run();
