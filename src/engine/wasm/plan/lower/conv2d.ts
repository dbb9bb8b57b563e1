import type { Operation } from '../../../../tensor/operation.ts';
import type { Group } from '../../../fusion/fuse.ts';
import { type ConvSizes, conv2dKernel, rotateFilterKernel } from '../../kernels/conv2d.ts';
import { conv2dFilterKernel, type FilterWalk } from '../../kernels/conv2d-filter.ts';
import { lowerPooledConv } from './pooled-conv.ts';
import { lowerUnrolledFilter } from './unrolled-filter.ts';
import { floatBytes } from '../../kernels/sizes.ts';
import type { PadOptions } from '../../kernels/pad.ts';
import { lengths, partition } from '../partition.ts';
import { call, type Task, task } from '../task.ts';
import { endingOf } from './ending.ts';
import { type Lowering, type Shape4, temporary } from './lowering.ts';
import { convSizes, gradientPadding, pad, windowPadding } from './pad.ts';
import {
  isWinograd,
  lowerWinograd,
  lowerWinogradBackwardFilter,
  lowerWinogradBackwardInput,
} from './winograd.ts';

/** A convolution with what is fused to it, after a copy of its images into padded ones where that is needed. */
export function lowerConv2d(group: Extract<Group, { kind: 'conv2d' }>, lowering: Lowering): Task[] {
  const { conv2d, addBias, pool, relu } = group;
  if (pool) return lowerPooledConv({ ...group, pool }, lowering);
  const { x, filter } = conv2d.inputs;
  const { epilogue, result, bias, suffix } = endingOf(conv2d.outputs.y, group);
  if (isWinograd(filter, result, conv2d.constants)) return lowerWinograd(group, lowering);
  const sizes = convSizes(x, filter, result, conv2d.constants);
  const images = pad(x, windowPadding(x, sizes, conv2d.constants), lowering.copies);
  const kernel = conv2dKernel(sizes, epilogue, lowering.target);
  return [
    ...images.tasks,
    task({
      name: `conv2d ${result.shape.join('×')}${suffix}`,
      items: x.shape[0]!,
      calls: [call(kernel, [images.storage, filter, result, bias ?? result])],
      own: [images.storage, x],
      shared: [filter, ...(bias ? [bias] : [])],
      writes: [result],
      operations: [conv2d, addBias, relu].filter((operation) => operation !== undefined),
    }),
  ];
}

/**
 * dx is a convolution too: of dy, with zeros around it and, for strides, between its pixels, by the rotated filter
 * with its channels exchanged.
 */
export function lowerConv2dBackwardInput(
  operation: Operation<'conv2dBackwardInput'>,
  lowering: Lowering,
): Task[] {
  const { dy, filter } = operation.inputs;
  const { dx } = operation.outputs;
  if (isWinograd(filter, dy, operation.constants)) return lowerWinogradBackwardInput(operation, lowering);
  const [images, height, width] = dx.shape as Shape4;
  const [kernelHeight, kernelWidth, channels, filters] = filter.shape as Shape4;
  const taps = kernelHeight * kernelWidth;
  const padding = gradientPadding(
    dx.shape as Shape4,
    dy.shape as Shape4,
    filter.shape as Shape4,
    operation.constants,
  );
  const gradients = pad(dy, padding, lowering.copies);
  const rotated = temporary(filter.size);
  const sizes: ConvSizes = {
    paddedHeight: padding.paddedHeight,
    paddedWidth: padding.paddedWidth,
    channels: filters,
    kernelHeight,
    kernelWidth,
    strideY: 1,
    strideX: 1,
    outputHeight: height,
    outputWidth: width,
    filters: channels,
  };
  const kernel = conv2dKernel(sizes, 'none', lowering.target);
  return [
    task({
      name: `rotate filter ${filter.shape.join('×')}`,
      items: taps,
      calls: [call(rotateFilterKernel(taps, channels, filters), [filter, rotated])],
      shared: [filter],
      writes: [rotated],
    }),
    ...gradients.tasks,
    task({
      name: `conv2d dx ${dx.shape.join('×')}`,
      items: images,
      calls: [call(kernel, [gradients.storage, rotated, dx, dx])],
      own: [gradients.storage, dy],
      shared: [rotated, filter],
      writes: [dx],
      operations: [operation],
    }),
  ];
}

/** dFilter: each thread sums over the whole batch, for its own rows (tap, channel) or rectangles of the filter. */
export function lowerConv2dBackwardFilter(
  operation: Operation<'conv2dBackwardFilter'>,
  lowering: Lowering,
): Task[] {
  const { x, dy } = operation.inputs;
  const { dFilter } = operation.outputs;
  if (isWinograd(dFilter, dy, operation.constants)) return lowerWinogradBackwardFilter(operation, lowering);
  const unrolled = lowerUnrolledFilter(operation, null, lowering);
  if (unrolled !== null) return unrolled;
  const { target } = lowering;
  const name = `conv2d dW ${dFilter.shape.join('×')}`;
  const sizes = convSizes(x, dFilter, dy, operation.constants);
  const images = pad(x, windowPadding(x, sizes, operation.constants), lowering.copies);
  const padding = gradientPadding(
    x.shape as Shape4,
    dy.shape as Shape4,
    dFilter.shape as Shape4,
    operation.constants,
  );
  const isAligned = sizes.strideY === 1 && sizes.strideX === 1 && padding.paddedWidth === sizes.paddedWidth;
  const gradients = isAligned ? pad(dy, padding, lowering.copies) : { storage: dy.storage, tasks: [] };
  const walk = isAligned ? wholeImages(sizes, padding) : rowsOfPixels(sizes);
  const rows = dFilter.size / sizes.filters;
  const rowCounts = rowsWithinTaps(rows, sizes.channels, lowering);
  const kernel = conv2dFilterKernel(sizes, walk, x.shape[0]!, rowCounts, target);
  return [
    ...images.tasks,
    ...gradients.tasks,
    task({
      name,
      items: rows,
      calls: [call(kernel, [images.storage, gradients.storage, dFilter])],
      shared: [images.storage, gradients.storage, x, dy],
      writes: [dFilter],
      operations: [operation],
    }),
  ];
}

/** One sum for each row of output pixels, which lie strideX apart in x. */
function rowsOfPixels(sizes: ConvSizes): FilterWalk {
  const { paddedHeight, paddedWidth, channels, strideY, strideX, outputHeight, outputWidth, filters } = sizes;
  const rowBytes = paddedWidth * channels * floatBytes;
  const dyRowBytes = outputWidth * filters * floatBytes;
  return {
    sums: outputHeight,
    pixels: outputWidth,
    xPixel: strideX * channels * floatBytes,
    xSum: strideY * rowBytes,
    dySum: dyRowBytes,
    xImage: paddedHeight * rowBytes,
    dyImage: outputHeight * dyRowBytes,
    dyStart: 0,
  };
}

/**
 * One sum for a whole image. Where the padded rows of x and dy have the same length, one step leads from a pixel to
 * the next in both, also from the end of a row to the next row. So the sum runs over all rows; where dy is
 * padding, it adds 0.
 */
function wholeImages(sizes: ConvSizes, padding: PadOptions): FilterWalk {
  const { paddedHeight, paddedWidth, channels, outputHeight, outputWidth, filters } = sizes;
  const dyPixel = filters * floatBytes;
  return {
    sums: 1,
    pixels: (outputHeight - 1) * paddedWidth + outputWidth,
    xPixel: channels * floatBytes,
    xSum: 0,
    dySum: 0,
    xImage: paddedHeight * paddedWidth * channels * floatBytes,
    dyImage: padding.paddedHeight * padding.paddedWidth * dyPixel,
    dyStart: (padding.top * paddedWidth + padding.left) * dyPixel,
  };
}

/** How many rows (tap, channel) of one tap a thread may get: a range of rows is cut where a tap ends. */
function rowsWithinTaps(rows: number, channels: number, { threads, pieces }: Lowering): number[] {
  const taps = Array.from({ length: rows / channels }, (_, tap) => tap * channels);
  const cuts = new Set([...partition(rows, threads, pieces), ...taps]);
  return lengths([...cuts].toSorted((a, b) => a - b));
}
