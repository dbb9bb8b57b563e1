import type { Operation, OperationKind } from '../operation.ts';
import type { HostKind } from './host.ts';
import type { Launch } from './kernel.ts';
import {
  add,
  addBias,
  addScaled,
  leakyRelu,
  leakyReluBackward,
  multiply,
  relu,
  reluBackward,
} from './kernels/elementwise.ts';
import { matmul } from './kernels/matmul.ts';
import { argmax, countEqual, mean, sumRows, sumSquares } from './kernels/reductions.ts';
import { softmax, softmaxCrossEntropy, softmaxCrossEntropyBackward } from './kernels/softmax.ts';
import { adamUpdate, sgdUpdate } from './kernels/updates.ts';

type DeviceKind = Exclude<OperationKind, HostKind>;

/** The kernels of each operation, in the order in which they run; a later one sees what an earlier one wrote. */
const lowerings: { readonly [K in DeviceKind]: (operation: Operation<K>) => Launch[] } = {
  matmul,
  addBias,
  relu,
  reluBackward,
  leakyRelu,
  leakyReluBackward,
  multiply,
  add,
  addScaled,
  sumRows,
  mean,
  sumSquares,
  softmax,
  softmaxCrossEntropy,
  softmaxCrossEntropyBackward,
  argmax,
  countEqual,
  sgdUpdate,
  adamUpdate,
  warpImages: missing,
  conv2d: missing,
  conv2dBackwardInput: missing,
  conv2dBackwardFilter: missing,
  maxPool2d: missing,
  maxPool2dBackward: missing,
  averagePool2d: missing,
  averagePool2dBackward: missing,
  batchMoments: missing,
  updateAverage: missing,
  batchNorm: missing,
  batchNormBackwardParameters: missing,
  batchNormBackwardInput: missing,
};

export function lower<K extends DeviceKind>(operation: Operation<K>): Launch[] {
  const lowerOperation = lowerings[operation.kind] as (operation: Operation<K>) => Launch[];
  return lowerOperation(operation);
}

function missing({ kind }: Operation): never {
  throw new Error(`the gpu engine has no kernel for ${kind}, so far; use --engine wasm`);
}
