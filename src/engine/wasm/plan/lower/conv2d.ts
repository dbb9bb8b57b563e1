import type { Operation } from '../../../../tensor/operation.ts';
import { Storage, type Tensor } from '../../../../tensor/tensor.ts';
import type { WindowConstants } from '../../../../tensor/window.ts';
import type { Copies, Copy } from '../copies.ts';
import type { Group } from '../../../fusion/fuse.ts';
import { floatBytes } from '../../kernels/emit.ts';
import { type ConvSizes, conv2dKernel, rotateFilterKernel } from '../../kernels/conv2d.ts';
import { conv2dFilterKernel, type FilterWalk } from '../../kernels/conv2d-filter.ts';
import { conv2dFilterWrittenOutKernel, writtenOutUnits } from '../../kernels/conv2d-filter-written-out.ts';
import type { Epilogue } from '../../kernels/matmul.ts';
import { type PadOptions, padKernel } from '../../kernels/pad.ts';
import {
  isWinograd,
  lowerWinograd,
  lowerWinogradBackwardFilter,
  lowerWinogradBackwardInput,
} from './winograd.ts';
import type { Lowering } from './lowering.ts';
import { own, partition, shared, start, type Task } from '../task.ts';

type Four = readonly [number, number, number, number];

/** A convolution with what is fused to it, after a copy of its images into padded ones where that is needed. */
export function lowerConv2d(group: Extract<Group, { kind: 'conv2d' }>, lowering: Lowering): Task[] {
  const { conv2d, addBias, relu } = group;
  const { x, filter } = conv2d.inputs;
  const result = (relu ?? addBias)?.outputs.y ?? conv2d.outputs.y;
  if (isWinograd(filter, result, conv2d.constants)) return lowerWinograd(group, lowering);
  const sizes = convSizes(x, filter, result, conv2d.constants);
  const { storage, tasks } = pad(x, padForWindows(x, sizes, conv2d.constants), lowering.copies);
  const epilogue: Epilogue = relu ? 'biasRelu' : addBias ? 'bias' : 'none';
  const bias = addBias?.inputs.bias ?? result;
  const [n] = x.shape as Four;
  return [
    ...tasks,
    {
      name: `conv2d ${result.shape.join('×')}${epilogue === 'none' ? '' : ` + ${epilogue}`}`,
      units: n,
      calls: [
        {
          kernel: conv2dKernel(sizes, epilogue, lowering.target),
          addresses: [storage, filter.storage, result.storage, bias.storage].map(start),
        },
      ],
      accesses: [
        own(storage, false),
        // read by the check against the plain loops: what was copied must live on
        own(x.storage, false),
        shared(filter.storage),
        own(result.storage, true),
        ...(addBias ? [shared(bias.storage)] : []),
      ],
      operations: [conv2d, addBias, relu].filter((operation) => operation !== undefined),
    },
  ];
}

/**
 * dx is a convolution too: of dy, with zeros around it and, for strides, between its pixels, by the filter turned
 * around with its channels exchanged. Every dx then lies under all windows that it took part in.
 */
export function lowerConv2dBackwardInput(
  operation: Operation<'conv2dBackwardInput'>,
  lowering: Lowering,
): Task[] {
  const { dy, filter } = operation.inputs;
  const { dx } = operation.outputs;
  if (isWinograd(filter, dy, operation.constants)) return lowerWinogradBackwardInput(operation, lowering);
  const [n, height, width, channels] = dx.shape as Four;
  const [, , , units] = dy.shape as Four;
  const [kernelHeight, kernelWidth] = filter.shape as Four;
  const taps = kernelHeight * kernelWidth;
  const spread = spreadOptions(dx.shape as Four, dy.shape as Four, filter.shape as Four, operation.constants);
  const { paddedHeight, paddedWidth } = spread;
  const gradients = pad(dy, spread, lowering.copies);
  const rotated = new Storage('float32', filter.size, null);
  const sizes: ConvSizes = {
    paddedHeight,
    paddedWidth,
    channels: units,
    kernelHeight,
    kernelWidth,
    strideY: 1,
    strideX: 1,
    outputHeight: height,
    outputWidth: width,
    units: channels,
  };
  return [
    {
      name: `rotate filter ${filter.shape.join('×')}`,
      units: taps,
      calls: [
        {
          kernel: rotateFilterKernel(taps, channels, units),
          addresses: [filter.storage, rotated].map(start),
        },
      ],
      accesses: [shared(filter.storage), own(rotated, true)],
      operations: [],
    },
    ...gradients.tasks,
    {
      name: `conv2d dx ${dx.shape.join('×')}`,
      units: n,
      calls: [
        {
          kernel: conv2dKernel(sizes, 'none', lowering.target),
          addresses: [gradients.storage, rotated, dx.storage, dx.storage].map(start),
        },
      ],
      accesses: [
        own(gradients.storage, false),
        shared(rotated),
        own(dy.storage, false),
        shared(filter.storage),
        own(dx.storage, true),
      ],
      operations: [operation],
    },
  ];
}

/** dFilter, divided by its rows (tap, channel): each thread sums over the whole batch for rows of its own. */
export function lowerConv2dBackwardFilter(
  operation: Operation<'conv2dBackwardFilter'>,
  lowering: Lowering,
): Task[] {
  const { x, dy } = operation.inputs;
  const { dFilter } = operation.outputs;
  if (isWinograd(dFilter, dy, operation.constants)) return lowerWinogradBackwardFilter(operation, lowering);
  const sizes = convSizes(x, dFilter, dy, operation.constants);
  const images = pad(x, padForWindows(x, sizes, operation.constants), lowering.copies);
  const units = writtenOutUnits(sizes, lowering.target);
  if (units !== null) {
    return [
      ...images.tasks,
      {
        name: `conv2d dW ${dFilter.shape.join('×')}`,
        units,
        calls: [
          {
            kernel: conv2dFilterWrittenOutKernel(sizes, x.shape[0]!, lowering.target),
            addresses: [images.storage, dy.storage, dFilter.storage].map(start),
          },
        ],
        accesses: [
          ...[images.storage, x.storage, dy.storage].map(shared),
          // a unit is a rectangle of the filter: nobody else divides it like that
          { storage: dFilter.storage, writes: true, own: false },
        ],
        operations: [operation],
      },
    ];
  }
  const spread = spreadOptions(x.shape as Four, dy.shape as Four, dFilter.shape as Four, operation.constants);
  const isAligned = sizes.strideY === 1 && sizes.strideX === 1 && spread.paddedWidth === sizes.paddedWidth;
  const gradients = isAligned ? pad(dy, spread, lowering.copies) : { storage: dy.storage, tasks: [] };
  const walk = isAligned ? wholeImages(sizes, spread) : rowsOfPixels(sizes);
  const rows = dFilter.size / sizes.units;
  const rowCounts = rowsWithinTaps(rows, sizes.channels, lowering.threads);
  return [
    ...images.tasks,
    ...gradients.tasks,
    {
      name: `conv2d dW ${dFilter.shape.join('×')}`,
      units: rows,
      calls: [
        {
          kernel: conv2dFilterKernel(sizes, walk, x.shape[0]!, rowCounts, lowering.target),
          addresses: [images.storage, gradients.storage, dFilter.storage].map(start),
        },
      ],
      accesses: [
        ...[images.storage, gradients.storage, x.storage, dy.storage].map(shared),
        own(dFilter.storage, true),
      ],
      operations: [operation],
    },
  ];
}

/** A sum for each row of output pixels: in x its pixels lie strideX apart. */
function rowsOfPixels(sizes: ConvSizes): FilterWalk {
  const { paddedHeight, paddedWidth, channels, strideY, strideX, outputHeight, outputWidth, units } = sizes;
  const rowBytes = paddedWidth * channels * floatBytes;
  const dyRowBytes = outputWidth * units * floatBytes;
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
 * One sum for a whole image. With rows of equal length in x and dy, both padded, neighbouring pixels stay
 * neighbours from row to row: the sum runs on over the ends of the rows, where dy is 0.
 */
function wholeImages(sizes: ConvSizes, spread: PadOptions): FilterWalk {
  const { paddedHeight, paddedWidth, channels, outputHeight, outputWidth, units } = sizes;
  const dyPixel = units * floatBytes;
  return {
    sums: 1,
    pixels: (outputHeight - 1) * paddedWidth + outputWidth,
    xPixel: channels * floatBytes,
    xSum: 0,
    dySum: 0,
    xImage: paddedHeight * paddedWidth * channels * floatBytes,
    dyImage: spread.paddedHeight * spread.paddedWidth * dyPixel,
    dyStart: (spread.top * paddedWidth + spread.left) * dyPixel,
  };
}

/** The numbers of rows that the threads' ranges have within the taps. */
function rowsWithinTaps(rows: number, channels: number, threads: number): number[] {
  const bounds = partition(rows, threads);
  const cuts = new Set([...bounds, ...Array.from({ length: rows / channels }, (_, tap) => tap * channels)]);
  const sorted = [...cuts].toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, index) => end - sorted[index]!);
}

function convSizes(x: Tensor, filter: Tensor, y: Tensor, { strideY, strideX }: WindowConstants): ConvSizes {
  const [kernelHeight, kernelWidth, channels, units] = filter.shape as Four;
  const [, outputHeight, outputWidth] = y.shape as Four;
  return {
    // at least as much as the windows cover
    paddedHeight: (outputHeight - 1) * strideY + Math.max(kernelHeight, strideY),
    paddedWidth: (outputWidth - 1) * strideX + kernelWidth,
    channels: x.shape[3] ?? channels,
    kernelHeight,
    kernelWidth,
    strideY,
    strideX,
    outputHeight,
    outputWidth,
    units,
  };
}

/** Zeros around images, so that every window lies inside. */
function padForWindows(
  x: Tensor,
  { paddedHeight, paddedWidth, channels }: ConvSizes,
  { padTop: top, padLeft: left }: WindowConstants,
): PadOptions {
  const [, height, width] = x.shape as Four;
  return { height, width, channels, paddedHeight, paddedWidth, top, left, spreadY: 1, spreadX: 1 };
}

/** Zeros around dy, so that under every pixel of x lies a whole window of dy; and between pixels, for strides. */
function spreadOptions(
  [, height, width]: Four,
  [, oh, ow, units]: Four,
  [kernelHeight, kernelWidth]: Four,
  { strideY, strideX, padTop, padLeft }: WindowConstants,
): PadOptions {
  return {
    height: oh,
    width: ow,
    channels: units,
    paddedHeight: height + kernelHeight - 1,
    paddedWidth: width + kernelWidth - 1,
    top: kernelHeight - 1 - padTop,
    left: kernelWidth - 1 - padLeft,
    spreadY: strideY,
    spreadX: strideX,
  };
}

/** Images with zeros around them: themselves if nothing is to be added, or a copy, made once in a program. */
function pad(x: Tensor, options: PadOptions, copies: Copies): Copy {
  const { height, width, channels, paddedHeight, paddedWidth } = options;
  if (height === paddedHeight && width === paddedWidth) return { storage: x.storage, tasks: [] };
  const n = x.shape[0]!;
  return copies.get(x.storage, padKernel(options).name, n * paddedHeight * paddedWidth * channels, (copy) => [
    padTask(x.storage, copy, options, n),
  ]);
}

function padTask(images: Storage, padded: Storage, options: PadOptions, units: number): Task {
  return {
    name: `pad ${options.height}×${options.width}×${options.channels}`,
    units,
    calls: [{ kernel: padKernel(options), addresses: [images, padded].map(start) }],
    accesses: [own(images, false), own(padded, true)],
    operations: [],
  };
}
