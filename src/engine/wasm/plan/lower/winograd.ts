import type { Operation } from '../../../../tensor/operation.ts';
import type { Storage, Tensor } from '../../../../tensor/tensor.ts';
import type { WindowConstants } from '../../../../tensor/window.ts';
import type { Group } from '../../../fusion/fuse.ts';
import { floatBytes } from '../../kernels/sizes.ts';
import { tileColumns } from '../../kernels/matmul-tiles.ts';
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
import type { Copy } from '../copies.ts';
import { partition, sharesOf } from '../partition.ts';
import { call, type Task, task } from '../task.ts';
import { endingOf } from './ending.ts';
import { type Lowering, type Shape4, temporary } from './lowering.ts';

/** Channels and filters must come in whole panels. */
const channelStep = filterPanel;
/** With fewer rows or columns of outputs, a tile of 4×4 is mostly empty. */
const minOutputs = 3;

/** Whether a convolution x [n, h, w, c] by a filter [kh, kw, c, o] is done with Winograd's products. */
export function isWinograd(filter: Tensor, y: Tensor, { strideY, strideX }: WindowConstants): boolean {
  const [kernelHeight, kernelWidth, channels, filters] = filter.shape as Shape4;
  const [, outputHeight, outputWidth] = y.shape as Shape4;
  return (
    kernelHeight === kernelSize &&
    kernelWidth === kernelSize &&
    strideY === 1 &&
    strideX === 1 &&
    channels % channelStep === 0 &&
    filters % channelStep === 0 &&
    Math.min(outputHeight, outputWidth) >= minOutputs
  );
}

/** A convolution with what is fused to it, after the factors of its filter. */
export function lowerWinograd(group: Extract<Group, { kind: 'conv2d' }>, lowering: Lowering): Task[] {
  const { conv2d, addBias, relu } = group;
  const { x, filter } = conv2d.inputs;
  const { epilogue, result, bias, suffix } = endingOf(conv2d.outputs.y, group);
  const batch = batchOf(x, result, conv2d.constants, lowering);
  const patches: Patches = lowering.filterGradientsOf.has(x.storage) ? 'kept' : 'block';
  const factors = factorsOf(filter, false, lowering);
  const workspace = temporary(workspaceFloats(batch, forwardDepths(batch.sizes, patches)));
  const kept =
    patches === 'kept'
      ? lowering.copies.add(x.storage, patchesName(batch), planesFloats(batch, batch.sizes.channels))
      : workspace;
  const kernel = winogradKernel(batch, patches, epilogue, lowering.target);
  return [
    ...factors.tasks,
    task({
      name: `conv2d ${result.shape.join('×')}${suffix} (Winograd)`,
      items: batch.images,
      calls: [call(kernel, [x, kept, factors.storage, result, bias ?? result, workspace])],
      own: [x],
      shared: [factors.storage, filter, ...(bias ? [bias] : [])],
      writes: [kept, workspace, result],
      operations: [conv2d, addBias, relu].filter((operation) => operation !== undefined),
    }),
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
  const { channels, filters } = batch.sizes;
  const factors = factorsOf(filter, true, lowering);
  const gradients = lowering.copies.add(dy.storage, gradientsName(batch), planesFloats(batch, filters));
  const workspace = temporary(workspaceFloats(batch, [channels]));
  const kernel = winogradBackwardInputKernel(batch, lowering.target);
  return [
    ...factors.tasks,
    task({
      name: `conv2d dx ${dx.shape.join('×')} (Winograd)`,
      items: batch.images,
      calls: [call(kernel, [dy, gradients, factors.storage, dx, workspace])],
      own: [dy],
      shared: [factors.storage, filter],
      writes: [gradients, workspace, dx],
      operations: [operation],
    }),
  ];
}

/** dFilter: sums over the whole batch, divided into panels of filters. */
export function lowerWinogradBackwardFilter(
  operation: Operation<'conv2dBackwardFilter'>,
  lowering: Lowering,
): Task[] {
  const { x, dy } = operation.inputs;
  const { dFilter } = operation.outputs;
  const batch = batchOf(x, dy, operation.constants, lowering);
  const patches = planesOf(x.storage, 'images', batch, lowering);
  const gradients = planesOf(dy.storage, 'gradients', batch, lowering);
  const panels = batch.sizes.filters / filterPanel;
  const workspace = temporary(panels * filterWorkspaceFloats(batch));
  const kernel = winogradBackwardFilterKernel(batch, lowering.target);
  return [
    ...patches.tasks,
    ...gradients.tasks,
    task({
      name: `conv2d dW ${dFilter.shape.join('×')} (Winograd)`,
      items: panels,
      calls: [call(kernel, [patches.storage, gradients.storage, dFilter, workspace])],
      shared: [patches.storage, gradients.storage, x, dy],
      writes: [workspace],
      scattered: [dFilter],
      operations: [operation],
    }),
  ];
}

/** The planes of patches or gradients, which the convolution or dx may have left in the same program. */
function planesOf(
  of: Storage,
  what: 'images' | 'gradients',
  batch: WinogradBatch,
  { copies, target }: Lowering,
): Copy {
  const depth = what === 'images' ? batch.sizes.channels : batch.sizes.filters;
  const name = what === 'images' ? patchesName(batch) : gradientsName(batch);
  return copies.get(of, name, planesFloats(batch, depth), (planes) => {
    const workspace = temporary(workspaceFloats(batch, []));
    return [
      task({
        name: `transform ${what} ${name}`,
        items: batch.images,
        calls: [call(winogradTransformKernel(batch, what, target), [of, planes, workspace])],
        own: [of],
        writes: [planes, workspace],
      }),
    ];
  });
}

/** The factors of a filter, or of the transposed one, in panels. */
function factorsOf(filter: Tensor, transposed: boolean, { copies, target }: Lowering): Copy {
  const [, , channels, filters] = filter.shape as Shape4;
  const sizes: FactorSizes = { channels, filters, transposed };
  const floats = (planeCount * planeBytes(channels, filters)) / floatBytes;
  return copies.get(filter.storage, `factors${transposed ? ' transposed' : ''}`, floats, (factors) => {
    const panels = (transposed ? channels : filters) / tileColumns(target);
    const workspace = temporary(panels * factorScratchFloats(sizes, target));
    return [
      task({
        name: `transform filter ${filter.shape.join('×')}${transposed ? ', transposed' : ''}`,
        items: panels,
        calls: [call(winogradFactorsKernel(sizes, target), [filter, factors, workspace])],
        shared: [filter],
        writes: [factors, workspace],
      }),
    ];
  });
}

function batchOf(
  x: Tensor,
  y: Tensor,
  { padTop, padLeft }: WindowConstants,
  { threads, pieces }: Lowering,
): WinogradBatch {
  const [images, height, width, channels] = x.shape as Shape4;
  const [, outputHeight, outputWidth, filters] = y.shape as Shape4;
  const sizes: TiledSizes = { height, width, channels, outputHeight, outputWidth, filters, padTop, padLeft };
  const begins = new Set(partition(images, threads).filter((begin) => begin < images));
  return { sizes, images, shares: sharesOf(images, threads, pieces), begins: [...begins] };
}

function planesFloats({ sizes, images }: WinogradBatch, depth: number): number {
  return (planeCount * planeBytes(images * tilesOf(sizes), depth)) / floatBytes;
}

/** The same images under other windows have other patches. */
function patchesName({ sizes }: WinogradBatch): string {
  return `patches ${sizes.outputHeight}×${sizes.outputWidth} from ${sizes.padTop}, ${sizes.padLeft}`;
}

function gradientsName({ sizes }: WinogradBatch): string {
  return `gradients ${sizes.outputHeight}×${sizes.outputWidth}×${sizes.filters}`;
}
