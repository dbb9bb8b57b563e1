/** The operations whose kernels can be printed. Each is a program of one operation, of the sizes that are asked for. */
import type { Program } from '../../../tensor/program.ts';
import { Recorder } from '../../../tensor/recorder.ts';
import { Tensor } from '../../../tensor/tensor.ts';

export interface OperationArguments {
  readonly sizes: readonly number[];
  readonly 'transpose-a': boolean;
  readonly 'transpose-b': boolean;
  /** Whether a bias and ReLU follow. */
  readonly relu: boolean;
}

export interface ShownOperation {
  /** What its sizes are called. */
  readonly sizes: readonly string[];
  /** Appends the operation and returns its result; nothing if it changes tensors in place. */
  readonly record: (ops: Recorder, args: OperationArguments) => Tensor | undefined;
}

export const shownOperations: Readonly<Record<string, ShownOperation>> = {
  matmul: { sizes: ['m', 'k', 'n'], record: recordMatmul },
  conv2d: { sizes: ['images', 'height', 'width', 'channels', 'filters'], record: recordConv2d },
  relu: {
    sizes: ['length'],
    record: (ops, { sizes: [length] }) => ops.elementwise(floats([1, length!], 'x'), 'relu'),
  },
  sumRows: {
    sizes: ['rows', 'columns'],
    record: (ops, { sizes: [rows, columns] }) => ops.sumRows(floats([rows!, columns!], 'x')),
  },
  softmaxCrossEntropy: {
    sizes: ['classes'],
    record(ops, { sizes: [classes] }) {
      const labels = Tensor.zeros('int32', [1], 'labels');
      return ops.softmaxCrossEntropy(floats([1, classes!], 'logits'), labels).losses;
    },
  },
  gatherImages: {
    sizes: ['pixels'],
    record(ops, { sizes: [pixels] }) {
      const images = Tensor.zeros('uint8', [1, pixels!], 'images');
      return ops.gatherImages(images, Tensor.zeros('int32', [1], 'indices'), 1 / 255);
    },
  },
  dropoutMask: {
    sizes: ['length'],
    record(ops, { sizes: [length] }) {
      const step = Tensor.zeros('int32', [1], 'step');
      return ops.dropoutMask('float32', [1, length!], step, { rate: 0.5, seed: 1, stream: 2 });
    },
  },
  sgd: {
    sizes: ['length'],
    record(ops, { sizes: [length] }) {
      const [weight, gradient, velocity] = likeWeights(length!, ['weight', 'gradient', 'velocity']);
      const operands = { weight: weight!, gradient: gradient!, velocity: velocity!, coefficients };
      ops.sgdUpdate(operands, { momentum: 0.9, nesterov: false, decoupledDecay: false });
      return undefined;
    },
  },
  adam: {
    sizes: ['length'],
    record(ops, { sizes: [length] }) {
      const [weight, gradient, m, v] = likeWeights(length!, ['weight', 'gradient', 'm', 'v']);
      const operands = { weight: weight!, gradient: gradient!, m: m!, v: v!, coefficients };
      ops.adamUpdate(operands, { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decoupledDecay: false });
      return undefined;
    },
  },
};

/** The operation as a program, which every engine can lower. */
export function recordOperation({ record }: ShownOperation, args: OperationArguments): Program {
  const ops = new Recorder();
  const result = record(ops, args);
  return ops.finish('kernel', result === undefined ? [] : [result]);
}

const coefficients = floats([2], 'coefficients');

function floats(shape: readonly number[], name: string): Tensor<'float32'> {
  return Tensor.zeros('float32', shape, name);
}

function likeWeights(length: number, names: readonly string[]): Tensor[] {
  return names.map((name) => floats([1, length], name));
}

function recordMatmul(ops: Recorder, args: OperationArguments): Tensor {
  const [m, k, n] = args.sizes as [number, number, number];
  const { 'transpose-a': transposeA, 'transpose-b': transposeB } = args;
  const a = floats(transposeA ? [k, m] : [m, k], 'a');
  const b = floats(transposeB ? [n, k] : [k, n], 'b');
  return withRelu(ops, ops.matmul(a, b, { transposeA, transposeB }), args);
}

/** A convolution of 3×3, same padding. */
function recordConv2d(ops: Recorder, args: OperationArguments): Tensor {
  const [images, height, width, channels, filters] = args.sizes as [number, number, number, number, number];
  const x = floats([images, height, width, channels], 'x');
  const filter = floats([3, 3, channels, filters], 'filter');
  return withRelu(ops, ops.conv2d(x, filter, { padding: 'same' }), args);
}

function withRelu(ops: Recorder, result: Tensor, { relu }: OperationArguments): Tensor {
  if (!relu) return result;
  return ops.elementwise(ops.addBias(result, floats(result.shape.slice(-1), 'bias')), 'relu');
}
