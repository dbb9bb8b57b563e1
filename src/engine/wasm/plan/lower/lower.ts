import type { Operation, OperationTable, PoolConstants } from '../../../../tensor/operation.ts';
import { entryOf, inputsOf, nameOf, outputsOf } from '../../../../tensor/operation.ts';
import type { DataType, Storage, Tensor } from '../../../../tensor/tensor.ts';
import type { Group } from '../../../fusion/fuse.ts';
import { elementwiseBackwardKernel, elementwiseKernel } from '../../kernels/activation.ts';
import { averagePoolBackwardKernel, averagePoolKernel } from '../../kernels/average-pool.ts';
import { updateAverageKernel } from '../../kernels/batch-norm/moments.ts';
import { dropoutMaskKernel } from '../../kernels/dropout.ts';
import {
  addBiasKernel,
  addKernel,
  addScaledKernel,
  clipByNormKernel,
  multiplyKernel,
  weightByClassKernel,
} from '../../kernels/elementwise.ts';
import { gatherImagesKernel, gatherLabelsKernel } from '../../kernels/gather.ts';
import type { Kernel } from '../../kernels/kernel.ts';
import {
  argmaxKernel,
  countEqualKernel,
  meanKernel,
  sumRowsKernel,
  sumSquaresKernel,
} from '../../kernels/reductions.ts';
import {
  softmaxCrossEntropyBackwardKernel,
  softmaxCrossEntropyKernel,
  softmaxKernel,
} from '../../kernels/softmax.ts';
import { adamKernel, sgdKernel } from '../../kernels/updates.ts';
import { warpImagesKernel } from '../../kernels/warp.ts';
import { maxPoolBackwardKernel, maxPoolKernel } from '../../kernels/max-pool.ts';
import type { PoolSizes } from '../../kernels/pool.ts';
import { lowerConv2d, lowerConv2dBackwardFilter, lowerConv2dBackwardInput } from './conv2d.ts';
import {
  lowerBatchMoments,
  lowerBatchNorm,
  lowerBatchNormBackwardInput,
  lowerBatchNormBackwardParameters,
} from './batch-norm.ts';
import { lowerMatmul } from './matmul.ts';
import type { Lowering } from './lowering.ts';
import type { Address, Task } from '../task.ts';

/** From operations to kernels with addresses: which kernel, how it is divided, and what each thread touches. */
export function lower(group: Group, lowering: Lowering): Task[] {
  if (group.kind === 'matmul') return lowerMatmul(group, lowering.target, lowering.threads);
  if (group.kind === 'conv2d') return lowerConv2d(group, lowering);
  const { operation } = group;
  const lowerOperation = entryOf(lowerings(lowering), operation.kind, 'wasm') as (
    operation: Operation,
  ) => Task[];
  return lowerOperation(operation);
}

interface TaskOptions {
  readonly kernel: Kernel;
  readonly units: number;
  /** The kernel's address parameters, in its order; each is the start of a tensor, or a place in one. */
  readonly addresses: readonly (Tensor<DataType> | Address)[];
  /** Tensors of which every thread may read everything. All others are divided like the units. */
  readonly shared?: readonly Tensor<DataType>[];
}

/** A task with a single kernel. */
function task(operation: Operation, { kernel, units, addresses, shared = [] }: TaskOptions): Task[] {
  const sharedStorages = new Set<Storage>(shared.map(({ storage }) => storage));
  const access = ({ storage }: Tensor<DataType>, writes: boolean) => ({
    storage,
    writes,
    own: !sharedStorages.has(storage),
  });
  return [
    {
      name: `${nameOf(operation)} ${outputsOf(operation)[0]!.shape.join('×')}`,
      units,
      calls: [
        {
          kernel,
          addresses: addresses.map((address) =>
            'offset' in address ? address : { storage: address.storage, offset: 0 },
          ),
        },
      ],
      accesses: [
        ...inputsOf(operation).map((tensor) => access(tensor, false)),
        ...outputsOf(operation).map((tensor) => access(tensor, true)),
      ],
      operations: [operation],
    },
  ];
}

/** The first dimension, by which arrays are divided, and the number of elements in one unit of it. */
function rowsOf({ shape, size }: Tensor<DataType>): { units: number; unitSize: number } {
  const units = shape[0]!;
  return { units, unitSize: size / units };
}

/** Weights are divided by all dimensions but the last, as the products that make their gradients are. */
function weightRowsOf(weight: Tensor<DataType>): { units: number; unitSize: number } {
  const unitSize = weight.shape.length > 1 ? weight.shape.at(-1)! : 1;
  return { units: weight.size / unitSize, unitSize };
}

function poolSizes(images: Tensor, pooled: Tensor, constants: PoolConstants): PoolSizes {
  const [, h, w, channels] = images.shape as readonly [number, number, number, number];
  const [, oh, ow] = pooled.shape as readonly [number, number, number];
  return { ...constants, h, w, channels, oh, ow };
}

/** Every operation has a kernel: a missing one does not compile. */
function lowerings(lowering: Lowering): OperationTable<Task[]> {
  const { target, threads } = lowering;
  return {
    gatherImages(operation) {
      const { images, indices } = operation.inputs;
      const { y } = operation.outputs;
      const { units, unitSize } = rowsOf(y);
      const kernel = gatherImagesKernel(unitSize, operation.constants.scale);
      return task(operation, { kernel, units, addresses: [images, indices, y], shared: [images] });
    },
    warpImages(operation) {
      const { images, transforms } = operation.inputs;
      const { y } = operation.outputs;
      const [units, h, w, channels] = y.shape as readonly [number, number, number, number];
      const kernel = warpImagesKernel(h, w, channels);
      return task(operation, { kernel, units, addresses: [images, transforms, y] });
    },
    gatherLabels(operation) {
      const { labels, indices } = operation.inputs;
      const { y } = operation.outputs;
      const kernel = gatherLabelsKernel();
      return task(operation, { kernel, units: y.size, addresses: [labels, indices, y], shared: [labels] });
    },
    matmul: (operation) => lowerMatmul({ kind: 'matmul', matmul: operation }, target, threads),
    addBias(operation) {
      const { x, bias } = operation.inputs;
      const { y } = operation.outputs;
      const units = y.size / bias.size;
      return task(operation, {
        kernel: addBiasKernel(bias.size),
        units,
        addresses: [x, bias, y],
        shared: [bias],
      });
    },
    elementwise(operation) {
      const { x } = operation.inputs;
      const { y } = operation.outputs;
      const { units, unitSize } = rowsOf(y);
      const { function: name, parameter } = operation.constants;
      const kernel = elementwiseKernel(name, unitSize, parameter);
      return task(operation, { kernel, units, addresses: [x, y] });
    },
    elementwiseBackward(operation) {
      const { kept, dy } = operation.inputs;
      const { dx } = operation.outputs;
      const { units, unitSize } = rowsOf(dx);
      const { function: name, parameter } = operation.constants;
      const kernel = elementwiseBackwardKernel(name, unitSize, parameter);
      return task(operation, { kernel, units, addresses: [kept, dy, dx] });
    },
    multiply(operation) {
      const { a, b } = operation.inputs;
      const { y } = operation.outputs;
      const { units, unitSize } = rowsOf(y);
      return task(operation, { kernel: multiplyKernel(unitSize), units, addresses: [a, b, y] });
    },
    add(operation) {
      const { a, b } = operation.inputs;
      const { y } = operation.outputs;
      const { units, unitSize } = rowsOf(y);
      return task(operation, { kernel: addKernel(unitSize), units, addresses: [a, b, y] });
    },
    addScaled(operation) {
      const { x, target: sum } = operation.inputs;
      const { units, unitSize } = weightRowsOf(sum);
      const kernel = addScaledKernel(unitSize, operation.constants.scale, target);
      return task(operation, { kernel, units, addresses: [sum, x, sum] });
    },
    clipByNorm(operation) {
      const { target: gradient, squares } = operation.inputs;
      const { units, unitSize } = weightRowsOf(gradient);
      const kernel = clipByNormKernel(unitSize, operation.constants.limit);
      return task(operation, { kernel, units, addresses: [gradient, gradient, squares], shared: [squares] });
    },
    weightByClass(operation) {
      const { x, labels, weights } = operation.inputs;
      const { y } = operation.outputs;
      const { units, unitSize } = rowsOf(y);
      const kernel = weightByClassKernel(unitSize);
      return task(operation, { kernel, units, addresses: [x, labels, weights, y], shared: [weights] });
    },
    sumRows(operation) {
      const { x } = operation.inputs;
      const { y } = operation.outputs;
      const kernel = sumRowsKernel(x.size / y.size, y.size);
      return task(operation, { kernel, units: y.size, addresses: [x, y], shared: [x] });
    },
    mean(operation) {
      const { x } = operation.inputs;
      const { y } = operation.outputs;
      return task(operation, { kernel: meanKernel(x.size), units: 1, addresses: [x, y], shared: [x] });
    },
    sumSquares(operation) {
      const { x } = operation.inputs;
      const { y } = operation.outputs;
      const kernel = sumSquaresKernel(x.size, operation.constants.scale);
      return task(operation, { kernel, units: 1, addresses: [x, y], shared: [x] });
    },
    dropoutMask(operation) {
      const { step } = operation.inputs;
      const { mask } = operation.outputs;
      const { units, unitSize } = rowsOf(mask);
      const kernel = dropoutMaskKernel(unitSize, operation.constants);
      return task(operation, { kernel, units, addresses: [step, mask], shared: [step] });
    },
    conv2d: (operation) => lowerConv2d({ kind: 'conv2d', conv2d: operation }, lowering),
    conv2dBackwardInput: (operation) => lowerConv2dBackwardInput(operation, lowering),
    conv2dBackwardFilter: (operation) => lowerConv2dBackwardFilter(operation, lowering),
    maxPool2d(operation) {
      const { x } = operation.inputs;
      const { y, argmax } = operation.outputs;
      const kernel = maxPoolKernel(poolSizes(x, y, operation.constants));
      return task(operation, { kernel, units: x.shape[0]!, addresses: [x, y, argmax] });
    },
    maxPool2dBackward(operation) {
      const { dy, argmax } = operation.inputs;
      const { dx } = operation.outputs;
      const kernel = maxPoolBackwardKernel(poolSizes(dx, dy, operation.constants));
      return task(operation, { kernel, units: dx.shape[0]!, addresses: [dx, dy, argmax] });
    },
    averagePool2d(operation) {
      const { x } = operation.inputs;
      const { y } = operation.outputs;
      const kernel = averagePoolKernel(poolSizes(x, y, operation.constants));
      return task(operation, { kernel, units: x.shape[0]!, addresses: [x, y] });
    },
    averagePool2dBackward(operation) {
      const { dy } = operation.inputs;
      const { dx } = operation.outputs;
      const kernel = averagePoolBackwardKernel(poolSizes(dx, dy, operation.constants));
      return task(operation, { kernel, units: dx.shape[0]!, addresses: [dx, dy] });
    },
    batchMoments: (operation) => lowerBatchMoments(operation, target),
    updateAverage(operation) {
      const { x, average } = operation.inputs;
      const { units, unitSize } = weightRowsOf(average);
      const kernel = updateAverageKernel(unitSize, operation.constants.momentum, target);
      return task(operation, { kernel, units, addresses: [average, x, average] });
    },
    batchNorm: (operation) => lowerBatchNorm(operation, target),
    batchNormBackwardParameters: lowerBatchNormBackwardParameters,
    batchNormBackwardInput: (operation) => lowerBatchNormBackwardInput(operation, target),
    softmax(operation) {
      const { logits } = operation.inputs;
      const { probabilities } = operation.outputs;
      const { units, unitSize } = rowsOf(logits);
      return task(operation, { kernel: softmaxKernel(unitSize), units, addresses: [logits, probabilities] });
    },
    softmaxCrossEntropy(operation) {
      const { logits, labels } = operation.inputs;
      const { losses, probabilities } = operation.outputs;
      const { units, unitSize } = rowsOf(logits);
      const kernel = softmaxCrossEntropyKernel(unitSize, operation.constants.labelSmoothing);
      return task(operation, { kernel, units, addresses: [logits, labels, losses, probabilities] });
    },
    softmaxCrossEntropyBackward(operation) {
      const { probabilities, labels } = operation.inputs;
      const { dLogits } = operation.outputs;
      const { units, unitSize } = rowsOf(dLogits);
      const { labelSmoothing } = operation.constants;
      const kernel = softmaxCrossEntropyBackwardKernel(unitSize, units, labelSmoothing);
      return task(operation, { kernel, units, addresses: [probabilities, labels, dLogits] });
    },
    argmax(operation) {
      const { x } = operation.inputs;
      const { y } = operation.outputs;
      const { units, unitSize } = rowsOf(x);
      return task(operation, { kernel: argmaxKernel(unitSize), units, addresses: [x, y] });
    },
    countEqual(operation) {
      const { a, b } = operation.inputs;
      const { count } = operation.outputs;
      const kernel = countEqualKernel(a.size);
      return task(operation, { kernel, units: 1, addresses: [a, b, count], shared: [a, b] });
    },
    sgdUpdate(operation) {
      const { weight, gradient, velocity, coefficients } = operation.inputs;
      const { units, unitSize } = weightRowsOf(weight);
      const kernel = sgdKernel(unitSize, operation.constants, target);
      const addresses = [weight, gradient, velocity, weight, velocity, ...coefficientAddresses(coefficients)];
      return task(operation, { kernel, units, addresses, shared: [coefficients] });
    },
    adamUpdate(operation) {
      const { weight, gradient, m, v, coefficients } = operation.inputs;
      const { units, unitSize } = weightRowsOf(weight);
      const kernel = adamKernel(unitSize, operation.constants, target);
      const addresses = [weight, gradient, m, v, weight, m, v, ...coefficientAddresses(coefficients)];
      return task(operation, { kernel, units, addresses, shared: [coefficients] });
    },
  };
}

/** The two coefficients of an optimizer, one after the other. */
function coefficientAddresses({ storage }: Tensor): Address[] {
  return [
    { storage, offset: 0 },
    { storage, offset: Float32Array.BYTES_PER_ELEMENT },
  ];
}
