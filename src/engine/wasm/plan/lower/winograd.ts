import type { Operation } from '../../../../tensor/operation.ts';
import type { Tensor } from '../../../../tensor/tensor.ts';
import type { WindowConstants } from '../../../../tensor/window.ts';
import type { Group, MaskedInput } from '../../../fusion/fuse.ts';
import { floatBytes } from '../../kernels/sizes.ts';
import { tileColumns } from '../../kernels/matmul-tiles.ts';
import {
  channelPartsFor,
  type FilterGradient,
  filterWorkspaceFloats,
  winogradBackwardFilterKernel,
} from '../../kernels/winograd/backward-filter.ts';
import { type WinogradBatch, workspaceFloats } from '../../kernels/winograd/batch.ts';
import { winogradBackwardInputKernel, winogradKernel } from '../../kernels/winograd/conv2d.ts';
import {
  factorScratchFloats,
  type FactorSizes,
  winogradFactorsKernel,
} from '../../kernels/winograd/factors.ts';
import { filterLayout } from '../../kernels/winograd/planes.ts';
import { kernelSize, panelColumns, type TiledSizes } from '../../kernels/winograd/tiles.ts';
import type { Copy } from '../copies.ts';
import { partition, sharesOf } from '../partition.ts';
import { call, type Task, task } from '../task.ts';
import { endingOf } from './ending.ts';
import { type Lowering, type Shape4, temporary } from './lowering.ts';

/** Channels and filters must come in whole panels. */
const channelStep = panelColumns;
/** With fewer rows or columns of outputs, a tile is mostly empty. */
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
  const factors = factorsOf(filter, false, lowering);
  const workspace = temporary(workspaceFloats(batch));
  const kernel = winogradKernel(batch, epilogue, lowering.target);
  return [
    ...factors.tasks,
    task({
      name: `conv2d ${result.shape.join('×')}${suffix} (Winograd)`,
      items: x.shape[0]!,
      calls: [call(kernel, [x, factors.storage, result, bias ?? result, workspace])],
      own: [x],
      shared: [factors.storage, filter, ...(bias ? [bias] : [])],
      writes: [workspace, result],
      operations: [conv2d, addBias, relu].filter((operation) => operation !== undefined),
    }),
  ];
}

/** Whether dx is done here, and so can be masked where it is written. */
export function isMaskedInput({
  inputs: { dy, filter },
  constants,
}: Operation<'conv2dBackwardInput'>): boolean {
  return isWinograd(filter, dy, constants);
}

/** dx, 0 where the input of the convolution was not above 0. */
export function lowerMaskedInput({ input, reluBackward }: MaskedInput, lowering: Lowering): Task[] {
  return lowerWinogradBackwardInput(input, lowering, reluBackward);
}

/** @param mask what follows, if dx is masked as well */
export function lowerWinogradBackwardInput(
  operation: Operation<'conv2dBackwardInput'>,
  lowering: Lowering,
  mask?: Operation<'elementwiseBackward'>,
): Task[] {
  const { dy, filter } = operation.inputs;
  const dx = mask?.outputs.dx ?? operation.outputs.dx;
  const kept = mask ? [mask.inputs.kept] : [];
  const batch = batchOf(dx, dy, operation.constants, lowering);
  const factors = factorsOf(filter, true, lowering);
  const workspace = temporary(workspaceFloats(batch));
  const kernel = winogradBackwardInputKernel(batch, lowering.target, { masked: mask !== undefined });
  return [
    ...factors.tasks,
    task({
      name: `conv2d dx ${dx.shape.join('×')}${mask ? ' + mask' : ''} (Winograd)`,
      items: dx.shape[0]!,
      calls: [call(kernel, [dy, factors.storage, dx, mask?.inputs.kept ?? dx, workspace])],
      own: [dy, ...kept],
      shared: [factors.storage, filter],
      writes: [workspace, dx],
      operations: mask ? [operation, mask] : [operation],
    }),
  ];
}

/** dFilter: sums over the whole batch, divided into panels of filters, and by channels where these are few. */
export function lowerWinogradBackwardFilter(
  operation: Operation<'conv2dBackwardFilter'>,
  lowering: Lowering,
): Task[] {
  const { x, dy } = operation.inputs;
  const { dFilter } = operation.outputs;
  const { threads, pieces, target } = lowering;
  const sizes = sizesOf(x, dy, operation.constants);
  const channelParts = channelPartsFor(sizes, (items) => sharesOf(items, threads));
  const items = (sizes.filters / panelColumns) * channelParts;
  const gradient: FilterGradient = {
    sizes,
    images: x.shape[0]!,
    channelParts,
    begins: beginsOf(items, threads),
    mostItems: Math.max(...sharesOf(items, threads, pieces)),
  };
  const workspace = temporary(filterWorkspaceFloats(gradient));
  const kernel = winogradBackwardFilterKernel(gradient, target);
  return [
    task({
      name: `conv2d dW ${dFilter.shape.join('×')} (Winograd)`,
      items,
      calls: [call(kernel, [x, dy, dFilter, workspace])],
      shared: [x, dy],
      writes: [workspace],
      scattered: [dFilter],
      operations: [operation],
    }),
  ];
}

/** The factors of a filter, or of the transposed one, in panels. */
function factorsOf(filter: Tensor, transposed: boolean, { copies, target }: Lowering): Copy {
  const [, , channels, filters] = filter.shape as Shape4;
  const sizes: FactorSizes = { channels, filters, transposed };
  const floats = filterLayout(channels, filters).bytes / floatBytes;
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
  window: WindowConstants,
  { threads, pieces }: Lowering,
): WinogradBatch {
  const images = x.shape[0]!;
  return {
    sizes: sizesOf(x, y, window),
    shares: sharesOf(images, threads, pieces),
    begins: beginsOf(images, threads),
  };
}

function sizesOf(x: Tensor, y: Tensor, { padTop, padLeft }: WindowConstants): TiledSizes {
  const [, height, width, channels] = x.shape as Shape4;
  const [, outputHeight, outputWidth, filters] = y.shape as Shape4;
  return { height, width, channels, outputHeight, outputWidth, filters, padTop, padLeft };
}

/** The first item of each thread that has any. */
function beginsOf(items: number, threads: number): number[] {
  return [...new Set(partition(items, threads).filter((begin) => begin < items))];
}
