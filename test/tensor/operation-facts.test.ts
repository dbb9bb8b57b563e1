import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inputsOf, nameOf, type Operation, outputsOf } from '../../src/tensor/operation.ts';
import { flopsOf, roundsWithTerms, sharedByImages } from '../../src/tensor/operation-facts.ts';
import { makeModel } from '../../bench/networks/forward.ts';
import { adam } from '../../src/optim/adam.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { compute } from '../../src/tensor/reference/kernels.ts';
import { sizeOf } from '../../src/tensor/shape.ts';
import {
  type ArrayOf,
  type DataType,
  Storage,
  Tensor,
  zeros as zeroValues,
} from '../../src/tensor/tensor.ts';
import { recordTrainingStep } from '../../src/train/training-step.ts';
import { assertSameBits } from '../helpers/close.ts';
import { operationCases } from '../helpers/operation-cases.ts';

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

test('a convolution: 18 pixels of 7 outputs, each a sum of 3·2·3 products: 4,536, forward and in both backward passes', () => {
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
    x: Tensor.zeros('uint8', [1, 28, 28, 1], 'images'),
    y: Tensor.zeros('uint8', [1], 'labels'),
  };
  const program = recordTrainingStep(
    { model: makeModel(name, examples, 10), examples, optimizer: adam(), l2: 0 },
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

/** The operations of all cases whose inputs have values: not those that read another's result. */
const operations: readonly Operation[] = operationCases.flatMap(({ build }) => {
  const ops = new Recorder();
  const { compute: record, changed = [] } = build('float32');
  return ops
    .finish('case', [...record(ops), ...changed])
    .operations.filter((operation) => inputsOf(operation).every(({ storage }) => storage.persistent));
});

type Values = ArrayOf<DataType>;

/** What the reference gives on other values, which `change` makes of each input's, for results of other lengths. */
function resultsOn(
  operation: Operation,
  change: (values: Values, input: string) => Values,
  outputLength: (length: number) => number,
): Values[] {
  const copies = new Map<Storage, Storage>();
  const copyOf = (tensor: Tensor<DataType>, make: () => Values): Tensor<DataType> => {
    const storage = copies.get(tensor.storage) ?? storageOf(make(), tensor.dtype);
    copies.set(tensor.storage, storage);
    const rest = tensor.shape.slice(1);
    return new Tensor([storage.length / sizeOf(rest), ...rest], storage, tensor.name);
  };
  const inputs = Object.fromEntries(
    Object.entries<Tensor<DataType>>(operation.inputs).map(([name, tensor]) => [
      name,
      copyOf(tensor, () => change(tensor.values.slice(), name)),
    ]),
  );
  const outputs = Object.fromEntries(
    Object.entries<Tensor<DataType>>(operation.outputs).map(([name, tensor]) => [
      name,
      copyOf(tensor, () => zeroValues(tensor.dtype, outputLength(tensor.size))),
    ]),
  );
  compute({ ...operation, inputs, outputs } as unknown as Operation);
  return Object.values(outputs).map(({ values }) => values);
}

function storageOf(values: Values, dtype: DataType): Storage {
  return new Storage(dtype, values.length, values);
}

const whole = (length: number): number => length;

test('an operation that works image by image computes the same for an image alone and among others', () => {
  const checked = new Set<string>();
  for (const operation of operations) {
    const shared = sharedByImages(operation);
    const count = outputsOf(operation)[0]!.shape[0]!;
    if (shared === null || count === 1) continue;
    const together = resultsOn(operation, (values) => values, whole);
    for (const image of [0, count - 1]) {
      const share = (values: Values): Values =>
        values.slice((image * values.length) / count, ((image + 1) * values.length) / count);
      const alone = resultsOn(
        operation,
        (values, input) => (shared.includes(input) ? values : share(values)),
        (length) => length / count,
      );
      for (const [index, values] of alone.entries()) {
        assertSameBits(values, share(together[index]!), `${nameOf(operation)}, image ${image} of ${count}`);
      }
    }
    checked.add(operation.kind);
  }
  assert.ok(checked.size >= 20, `only ${[...checked].join(', ')}`);
});

test('where rounding is that of terms, absolute inputs give a sum that no result exceeds', () => {
  const checked = new Set<string>();
  for (const operation of operations.filter(roundsWithTerms)) {
    const results = resultsOn(operation, (values) => values, whole);
    const sums = resultsOn(operation, (values) => values.map(Math.abs), whole);
    for (const [index, values] of results.entries()) {
      const most = sums[index]!;
      const within = values.every((value, i) => Math.abs(value) <= most[i]! * (1 + 1e-6));
      assert.ok(within, nameOf(operation));
    }
    checked.add(operation.kind);
  }
  assert.ok(checked.size >= 8, `only ${[...checked].join(', ')}`);
});

test.run();
