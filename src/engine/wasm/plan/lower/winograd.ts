import type { Operation } from '../../../../tensor/operation.ts';
import { Storage, type Tensor } from '../../../../tensor/tensor.ts';
import type { WindowConstants } from '../../../../tensor/window.ts';
import type { Copy } from '../copies.ts';
import type { Group } from '../../../fusion/fuse.ts';
import type { Epilogue } from '../../kernels/matmul.ts';
import { tileColumns } from '../../kernels/matmul.ts';
import {
  filterPanel,
  filterWorkspaceFloats,
  winogradBackwardFilterKernel,
} from '../../kernels/winograd/backward-filter.ts';
import { planeBytes, type WinogradBatch, workspaceFloats } from '../../kernels/winograd/batch.ts';
import {
  forwardDepths,
  type Patches,
  winogradBackwardInputKernel,
  winogradKernel,
  winogradTransformKernel,
} from '../../kernels/winograd/conv2d.ts';
import {
  factorScratchFloats,
  type FactorSizes,
  winogradFactorsKernel,
} from '../../kernels/winograd/factors.ts';
import { kernelSize, planeCount, type TiledSizes, tilesOf } from '../../kernels/winograd/tiles.ts';
import type { Lowering } from './lowering.ts';
import { own, partition, shared, start, type Task } from '../task.ts';

type Four = readonly [number, number, number, number];

/** Channels of images and of outputs must be whole panels. */
const channelStep = 16;
/** Below this, a tile of 4×4 outputs is mostly empty. */
const minOutputs = 3;

/** Whether a convolution x [n, h, w, c] by a filter [kh, kw, c, o] is done with Winograd's products. */
export function isWinograd(filter: Tensor, y: Tensor, { strideY, strideX }: WindowConstants): boolean {
  const [kernelHeight, kernelWidth, channels, units] = filter.shape as Four;
  const [, outputHeight, outputWidth] = y.shape as Four;
  return (
    kernelHeight === kernelSize &&
    kernelWidth === kernelSize &&
    strideY === 1 &&
    strideX === 1 &&
    channels % channelStep === 0 &&
    units % channelStep === 0 &&
    Math.min(outputHeight, outputWidth) >= minOutputs
  );
}

/** A convolution with what is fused to it, after the factors of its filter. */
export function lowerWinograd(
  { conv2d, addBias, relu }: Extract<Group, { kind: 'conv2d' }>,
  lowering: Lowering,
): Task[] {
  const { x, filter } = conv2d.inputs;
  const result = (relu ?? addBias)?.outputs.y ?? conv2d.outputs.y;
  const batch = batchOf(x, result, conv2d.constants, lowering);
  const { channels } = batch.sizes;
  const patches: Patches = lowering.filterGradientsOf.has(x.storage) ? 'kept' : 'block';
  const depths = forwardDepths(batch.sizes, patches);
  const factors = factorsOf(filter, false, lowering);
  const workspace = newStorage(workspaceFloats(batch, depths));
  const kept =
    patches === 'kept'
      ? lowering.copies.add(x.storage, patchesName(batch), planesFloats(batch, channels))
      : workspace;
  const epilogue: Epilogue = relu ? 'biasRelu' : addBias ? 'bias' : 'none';
  const bias = addBias?.inputs.bias ?? result;
  return [
    ...factors.tasks,
    {
      name: `conv2d ${result.shape.join('×')}${epilogue === 'none' ? '' : ` + ${epilogue}`} (Winograd)`,
      units: batch.images,
      calls: [
        {
          kernel: winogradKernel(batch, patches, epilogue, lowering.target),
          addresses: [x.storage, kept, factors.storage, result.storage, bias.storage, workspace].map(start),
        },
      ],
      accesses: [
        own(x.storage, false),
        shared(factors.storage),
        // read by the check against the plain loops: what was copied must live on
        shared(filter.storage),
        own(kept, true),
        own(workspace, true),
        own(result.storage, true),
        ...(addBias ? [shared(bias.storage)] : []),
      ],
      operations: [conv2d, addBias, relu].filter((operation) => operation !== undefined),
    },
  ];
}

/** dx, and with it the planes of the gradients, from which the filter's gradient is computed. */
export function lowerWinogradBackwardInput(
  operation: Operation<'conv2dBackwardInput'>,
  lowering: Lowering,
): Task[] {
  const { dy, filter } = operation.inputs;
  const { dx } = operation.outputs;
  const batch = batchOf(dx, dy, operation.constants, lowering);
  const { channels, units } = batch.sizes;
  const factors = factorsOf(filter, true, lowering);
  const gradients = lowering.copies.add(dy.storage, gradientsName(batch), planesFloats(batch, units));
  const workspace = newStorage(workspaceFloats(batch, [channels]));
  return [
    ...factors.tasks,
    {
      name: `conv2d dx ${dx.shape.join('×')} (Winograd)`,
      units: batch.images,
      calls: [
        {
          kernel: winogradBackwardInputKernel(batch, lowering.target),
          addresses: [dy.storage, gradients, factors.storage, dx.storage, workspace].map(start),
        },
      ],
      accesses: [
        own(dy.storage, false),
        shared(factors.storage),
        shared(filter.storage),
        own(gradients, true),
        own(workspace, true),
        own(dx.storage, true),
      ],
      operations: [operation],
    },
  ];
}

/** dFilter: sums over the whole batch, divided by input channels. */
export function lowerWinogradBackwardFilter(
  operation: Operation<'conv2dBackwardFilter'>,
  lowering: Lowering,
): Task[] {
  const { x, dy } = operation.inputs;
  const { dFilter } = operation.outputs;
  const batch = batchOf(x, dy, operation.constants, lowering);
  const patches = transformed(x.storage, 'images', batch, lowering);
  const gradients = transformed(dy.storage, 'gradients', batch, lowering);
  const panels = batch.sizes.units / filterPanel;
  const workspace = newStorage(panels * filterWorkspaceFloats(batch));
  return [
    ...patches.tasks,
    ...gradients.tasks,
    {
      name: `conv2d dW ${dFilter.shape.join('×')} (Winograd)`,
      units: panels,
      calls: [
        {
          kernel: winogradBackwardFilterKernel(batch, lowering.target),
          addresses: [patches.storage, gradients.storage, dFilter.storage, workspace].map(start),
        },
      ],
      accesses: [
        ...[patches.storage, gradients.storage, x.storage, dy.storage].map(shared),
        own(workspace, true),
        // a panel's columns lie apart, some in each row: nobody else divides a filter like that
        { storage: dFilter.storage, writes: true, own: false },
      ],
      operations: [operation],
    },
  ];
}

/** The planes of patches or gradients: there already if the convolution, or dx, is in the same program. */
function transformed(
  of: Storage,
  what: 'images' | 'gradients',
  batch: WinogradBatch,
  { copies, target }: Lowering,
): Copy {
  const depth = what === 'images' ? batch.sizes.channels : batch.sizes.units;
  const name = what === 'images' ? patchesName(batch) : gradientsName(batch);
  return copies.get(of, name, planesFloats(batch, depth), (planes) => {
    const workspace = newStorage(workspaceFloats(batch, []));
    return [
      {
        name: `transform ${what} ${name}`,
        units: batch.images,
        calls: [
          {
            kernel: winogradTransformKernel(batch, what, target),
            addresses: [of, planes, workspace].map(start),
          },
        ],
        accesses: [own(of, false), own(planes, true), own(workspace, true)],
        operations: [],
      },
    ];
  });
}

/** The factors of a filter, or of the transposed one, in panels. */
function factorsOf(filter: Tensor, transposed: boolean, { copies, target }: Lowering): Copy {
  const [, , channels, units] = filter.shape as Four;
  const sizes: FactorSizes = { channels, units, transposed };
  const floats = (planeCount * planeBytes(channels, units)) / Float32Array.BYTES_PER_ELEMENT;
  return copies.get(filter.storage, `factors${transposed ? ' transposed' : ''}`, floats, (factors) => {
    const panels = (transposed ? channels : units) / tileColumns(target);
    const workspace = newStorage(panels * factorScratchFloats(sizes, target));
    return [
      {
        name: `transform filter ${filter.shape.join('×')}${transposed ? ', transposed' : ''}`,
        units: panels,
        calls: [
          {
            kernel: winogradFactorsKernel(sizes, target),
            addresses: [filter.storage, factors, workspace].map(start),
          },
        ],
        accesses: [shared(filter.storage), own(factors, true), own(workspace, true)],
        operations: [],
      },
    ];
  });
}

function batchOf(
  x: Tensor,
  y: Tensor,
  { padTop, padLeft }: WindowConstants,
  { threads }: Lowering,
): WinogradBatch {
  const [images, height, width, channels] = x.shape as Four;
  const [, outputHeight, outputWidth, units] = y.shape as Four;
  const sizes: TiledSizes = { height, width, channels, outputHeight, outputWidth, units, padTop, padLeft };
  return { sizes, images, shares: sharesOf(images, threads) };
}

/** What the threads get of some units, without those that get nothing. */
function sharesOf(units: number, threads: number): number[] {
  const bounds = partition(units, threads);
  return bounds.slice(1).flatMap((end, t) => (end > bounds[t]! ? [end - bounds[t]!] : []));
}

function planesFloats({ sizes, images }: WinogradBatch, depth: number): number {
  return (planeCount * planeBytes(images * tilesOf(sizes), depth)) / Float32Array.BYTES_PER_ELEMENT;
}

/** The same images under other windows have other patches. */
function patchesName({ sizes }: WinogradBatch): string {
  return `patches ${sizes.outputHeight}×${sizes.outputWidth} from ${sizes.padTop}, ${sizes.padLeft}`;
}

function gradientsName({ sizes }: WinogradBatch): string {
  return `gradients ${sizes.outputHeight}×${sizes.outputWidth}×${sizes.units}`;
}

function newStorage(floats: number): Storage {
  return new Storage('float32', floats, null);
}
