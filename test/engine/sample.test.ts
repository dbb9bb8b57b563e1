/** The parts of large operations that are checked: the reference computes them as it computes the whole. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { shapeOf } from '../../src/engine/sample/part.ts';
import { samplesOf } from '../../src/engine/sample/samples.ts';
import { expectReference, type Verdict, type Work } from '../../src/engine/verify.ts';
import { fuse, operationsOf } from '../../src/engine/fusion/fuse.ts';
import { flopsOf } from '../../src/tensor/operation-facts.ts';
import { type Operation, outputsOf } from '../../src/tensor/operation.ts';
import type { Ops } from '../../src/tensor/ops.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { compute } from '../../src/tensor/reference/kernels.ts';
import { type DataType, type Storage, Tensor, zeros } from '../../src/tensor/tensor.ts';
import { operationCases } from '../helpers/operation-cases.ts';
import { randomTensor } from '../helpers/random-tensor.ts';

/** Leaves the check hardly any arithmetic, so that it takes the smallest samples there are. */
const manyOthers = 2 ** 27;

/** What the check says of operations that the reference itself carries out, when `spoil` has changed a result. */
async function verdict(
  operations: readonly Operation[],
  spoil: (values: Float32Array) => void = () => {},
  others = manyOthers,
): Promise<Verdict> {
  const outputs = operations.flatMap(outputsOf);
  const written = new Set(outputs.map(({ storage }) => storage));
  for (const { storage } of outputs) storage.values ??= zeros(storage.dtype, storage.length);
  const work: Work = { name: 'work', operations, written };
  const view = (storage: Storage): Storage['values'] => storage.values;
  const verdictOn = await expectReference(work, view, others);
  for (const operation of operations) compute(operation);
  const last = outputsOf(operations.at(-1)!)[0]!;
  spoil(last.storage.values as Float32Array);
  return verdictOn(view);
}

function recorded(build: (ops: Ops) => readonly Tensor<DataType>[]): readonly (readonly Operation[])[] {
  const recorder = new Recorder();
  return fuse(recorder.finish('one', build(recorder)), {
    pooledFilter: () => true,
    pooledConv: () => true,
    maskedInput: () => true,
    updatingProduct: () => true,
  }).map(operationsOf);
}

test('a part of every operation is what the whole has there', async () => {
  for (const { name, build } of operationCases) {
    const { compute: build_, changed = [] } = build('float32');
    for (const operations of recorded((ops) => [...build_(ops), ...changed])) {
      assert.is(await verdict(operations), 'right', `${name}: ${operations[0]!.kind}`);
    }
  }
});

const [n, h, w, c, o] = [5, 19, 17, 21, 37] as const;
const x = randomTensor('float32', [n, h, w, c], 'x');
const filter = randomTensor('float32', [3, 2, c, o], 'filter');
const wide = randomTensor('float32', [31, 301], 'wide');
const tall = randomTensor('float32', [301, 29], 'tall');

/** Large operations, each with its result. */
const large: Readonly<Record<string, (ops: Ops) => Tensor>> = {
  'conv2d, with a bias and ReLU': (ops) => {
    const bias = randomTensor('float32', [o], 'bias');
    return ops.elementwise(
      ops.addBias(ops.conv2d(x, filter, { stride: [2, 2], padding: 'same' }), bias),
      'relu',
    );
  },
  conv2dBackwardInput: (ops) => {
    const dy = randomTensor('float32', [n, 10, 9, o], 'dy');
    return ops.conv2dBackwardInput(dy, filter, x.shape, { stride: [2, 2], padding: 'same' });
  },
  conv2dBackwardFilter: (ops) => {
    const dFilter = Tensor.zeros('float32', filter.shape, 'dFilter');
    const dy = randomTensor('float32', [n, h, w, o], 'dy');
    ops.conv2dBackwardFilter(x, dy, { padding: 'same', out: dFilter });
    return dFilter;
  },
  matmul: (ops) => ops.matmul(wide, tall),
  'matmul, A transposed': (ops) => ops.matmul(tall, wide, { transposeA: true, transposeB: true }),
  sumRows: (ops) => ops.sumRows(wide),
  batchMoments: (ops) => ops.batchMoments(x).mean,
  multiply: (ops) => ops.multiply(x, x),
};

for (const [name, build] of Object.entries(large)) {
  test(`${name}: a kernel that is wrong at the start, at the end or everywhere is found`, async () => {
    const operations = recorded((ops) => [build(ops)])[0]!;
    const wrong: Readonly<Record<string, (values: Float32Array) => void>> = {
      'at the start': (values) => void (values[0]! += 100),
      'at the end': (values) => void (values[values.length - 1]! += 100),
      everywhere: (values) => values.forEach((value, i) => (values[i] = 1.01 * value + 1)),
    };
    assert.is(await verdict(operations), 'right');
    for (const [where, spoil] of Object.entries(wrong)) {
      const found = await verdict(operations, spoil);
      assert.type(found, 'object', where);
    }
    const element = outputsOf(operations.at(-1)!)[0]!.size - 1;
    const atEnd = await verdict(operations, wrong['at the end']);
    assert.match((atEnd as { difference: string }).difference, new RegExp(`element ${element} is`));
  });
}

test('of a product by itself, and of a result that is one of the operands of what follows', async () => {
  const square = randomTensor('float32', [33, 33], 'square');
  const [product] = recorded((ops) => [ops.matmul(square, square)]);
  assert.is(await verdict(product!), 'right');
  const [masked] = recorded((ops) => [ops.elementwiseBackward(square, ops.matmul(square, square), 'relu')]);
  assert.is(masked!.length, 2);
  assert.is(await verdict(masked!), 'right');
});

test('what is checked of a large operation takes a small part of its arithmetic', () => {
  const batch = Tensor.zeros('float32', [64, 56, 56, 64], 'batch');
  const filters = Tensor.zeros('float32', [3, 3, 64, 128], 'filters');
  const dFilters = Tensor.zeros('float32', [3, 3, 64, 128], 'dFilters');
  const dy = Tensor.zeros('float32', [64, 56, 56, 128], 'dy');
  for (const build of [
    (ops: Ops) => ops.conv2d(batch, filters, { padding: 'same' }),
    (ops: Ops) => ops.conv2dBackwardInput(dy, filters, batch.shape, { padding: 'same' }),
    (ops: Ops) => (ops.conv2dBackwardFilter(batch, dy, { padding: 'same', out: dFilters }), dFilters),
  ]) {
    const operations = recorded((ops) => [build(ops)])[0]!;
    const [output] = outputsOf(operations[0]!);
    const numbers = samplesOf(operations, 2 ** 22).map(({ operations: [sampled] }) =>
      shapeOf(Object.values(sampled!.parts.outputs)[0]!).reduce((product, size) => product * size, 1),
    );
    const flops = numbers.reduce((sum, count) => sum + (flopsOf(operations[0]!) * count) / output!.size, 0);
    assert.ok(flops > 2 ** 15 && flops < 2 ** 23, `${operations[0]!.kind}: ${flops}`);
  }
});

test.run();
