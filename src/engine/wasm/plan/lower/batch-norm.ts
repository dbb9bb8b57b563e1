import type { Operation } from '../../../../tensor/operation.ts';
import { Storage, type Tensor } from '../../../../tensor/tensor.ts';
import {
  batchGradientsKernel,
  batchNormBackwardInputKernel,
  imageGradientsKernel,
  normBackwardCoefficientsKernel,
} from '../../kernels/batch-norm/backward.ts';
import {
  batchMomentsKernel,
  type ChannelSizes,
  imageMomentsKernel,
} from '../../kernels/batch-norm/moments.ts';
import { batchNormKernel, normScaleKernel } from '../../kernels/batch-norm/normalize.ts';
import type { Kernel, Target } from '../../kernels/kernel.ts';
import type { Access, Task } from '../task.ts';

/** Sums and squares of each image, then the moments of the batch. */
export function lowerBatchMoments(operation: Operation<'batchMoments'>, target: Target): Task[] {
  const { x } = operation.inputs;
  const { mean, variance } = operation.outputs;
  const { images, sizes } = sizesOf(x, mean);
  const [sums, squares] = temporaries(2, images * sizes.channels) as [Storage, Storage];
  return [
    task({
      name: `moments of images ${x.shape.join('×')}`,
      units: images,
      kernel: imageMomentsKernel(sizes, target),
      addresses: [x.storage, sums, squares],
      accesses: [...own([x]), ...writes([sums, squares])],
    }),
    task({
      name: `batchMoments ${sizes.channels}`,
      units: sizes.channels,
      kernel: batchMomentsKernel(images, sizes, target),
      addresses: [sums, squares, mean.storage, variance.storage],
      accesses: [...shared([x]), ...shared([sums, squares]), ...writes([mean, variance])],
      operation,
    }),
  ];
}

/** gamma and the variance become one number for each channel; then one pass over x. */
export function lowerBatchNorm(operation: Operation<'batchNorm'>, target: Target): Task[] {
  const { x, mean, variance, gamma, beta } = operation.inputs;
  const { y } = operation.outputs;
  const { images, sizes } = sizesOf(x, mean);
  const [scale] = temporaries(1, sizes.channels) as [Storage];
  return [
    task({
      name: `scale of channels ${sizes.channels}`,
      units: sizes.channels,
      kernel: normScaleKernel(operation.constants.epsilon),
      addresses: [gamma.storage, variance.storage, scale],
      accesses: [...own([gamma, variance]), ...writes([scale])],
    }),
    task({
      name: `batchNorm ${x.shape.join('×')}`,
      units: images,
      kernel: batchNormKernel(sizes, target),
      addresses: [x.storage, y.storage, mean.storage, scale, beta.storage],
      accesses: [...own([x]), ...shared([mean, variance, gamma, beta]), ...shared([scale]), ...writes([y])],
      operation,
    }),
  ];
}

/** Sums over each image, then over the batch. */
export function lowerBatchNormBackwardParameters(
  operation: Operation<'batchNormBackwardParameters'>,
): Task[] {
  const { x, dy, mean, variance } = operation.inputs;
  const { dGamma, dBeta } = operation.outputs;
  const { images, sizes } = sizesOf(x, mean);
  const [sums, products] = temporaries(2, images * sizes.channels) as [Storage, Storage];
  return [
    task({
      name: `gradients of images ${x.shape.join('×')}`,
      units: images,
      kernel: imageGradientsKernel(sizes),
      addresses: [x.storage, dy.storage, mean.storage, sums, products],
      accesses: [...own([x, dy]), ...shared([mean]), ...writes([sums, products])],
    }),
    task({
      name: `batchNorm dgamma, dbeta ${sizes.channels}`,
      units: sizes.channels,
      kernel: batchGradientsKernel(images, sizes, operation.constants.epsilon),
      addresses: [sums, products, variance.storage, dGamma.storage, dBeta.storage],
      accesses: [
        ...shared([x, dy, mean]),
        ...own([variance]),
        ...shared([sums, products]),
        ...writes([dGamma, dBeta]),
      ],
      operation,
    }),
  ];
}

/** Three numbers for each channel; then one pass over x and dy. */
export function lowerBatchNormBackwardInput(
  operation: Operation<'batchNormBackwardInput'>,
  target: Target,
): Task[] {
  const { x, dy, mean, variance, gamma, dGamma, dBeta } = operation.inputs;
  const { dx } = operation.outputs;
  const { images, sizes } = sizesOf(x, mean);
  const coefficients = temporaries(3, sizes.channels);
  const m = images * sizes.rows;
  return [
    task({
      name: `coefficients of dx ${sizes.channels}`,
      units: sizes.channels,
      kernel: normBackwardCoefficientsKernel(m, operation.constants.epsilon),
      addresses: [gamma.storage, variance.storage, dGamma.storage, dBeta.storage, ...coefficients],
      accesses: [...own([gamma, variance, dGamma, dBeta]), ...writes(coefficients)],
    }),
    task({
      name: `batchNorm dx ${dx.shape.join('×')}`,
      units: images,
      kernel: batchNormBackwardInputKernel(sizes, target),
      addresses: [x.storage, dy.storage, dx.storage, mean.storage, ...coefficients],
      accesses: [
        ...own([x, dy]),
        ...shared([mean, variance, gamma, dGamma, dBeta]),
        ...shared(coefficients),
        ...writes([dx]),
      ],
      operation,
    }),
  ];
}

/** x as [images, rows, channels]; `perChannel` has one number for each channel. */
function sizesOf(x: Tensor, perChannel: Tensor): { images: number; sizes: ChannelSizes } {
  const images = x.shape[0]!;
  const channels = perChannel.size;
  return { images, sizes: { rows: x.size / images / channels, channels } };
}

function temporaries(count: number, length: number): Storage[] {
  return Array.from({ length: count }, () => new Storage('float32', length, null));
}

type Place = Tensor | Storage;

function accessesTo(places: readonly Place[], access: Pick<Access, 'writes' | 'own'>): Access[] {
  return places.map((place) => ({ storage: place instanceof Storage ? place : place.storage, ...access }));
}

/** Read by each thread for its own units. */
function own(places: readonly Place[]): Access[] {
  return accessesTo(places, { writes: false, own: true });
}

/** Read by every thread, or only by the check against the plain loops. */
function shared(places: readonly Place[]): Access[] {
  return accessesTo(places, { writes: false, own: false });
}

/** Written by each thread for its own units. */
function writes(places: readonly Place[]): Access[] {
  return accessesTo(places, { writes: true, own: true });
}

interface TaskOptions {
  readonly name: string;
  readonly units: number;
  readonly kernel: Kernel;
  readonly addresses: readonly Storage[];
  readonly accesses: readonly Access[];
  /** What the kernel completes; none if it prepares something. */
  readonly operation?: Operation;
}

function task({ name, units, kernel, addresses, accesses, operation }: TaskOptions): Task {
  const calls = [{ kernel, addresses: addresses.map((storage) => ({ storage, offset: 0 })) }];
  return { name, units, calls, accesses, operations: operation === undefined ? [] : [operation] };
}
