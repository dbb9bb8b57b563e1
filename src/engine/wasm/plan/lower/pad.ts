/** Copies of images with zeros around them, so that every window of a convolution lies inside. */
import type { Tensor } from '../../../../tensor/tensor.ts';
import type { WindowConstants } from '../../../../tensor/window.ts';
import type { ConvSizes } from '../../kernels/conv2d.ts';
import { type PadOptions, padKernel } from '../../kernels/pad.ts';
import type { Copies, Copy } from '../copies.ts';
import { call, task } from '../task.ts';
import type { Shape4 } from './lowering.ts';

/** The sizes of a convolution of x by `filter`, with images padded to what its windows cover. */
export function convSizes(
  x: Tensor,
  filter: Tensor,
  y: Tensor,
  { strideY, strideX }: WindowConstants,
): ConvSizes {
  const [kernelHeight, kernelWidth, channels, filters] = filter.shape as Shape4;
  const [, outputHeight, outputWidth] = y.shape as Shape4;
  return {
    paddedHeight: (outputHeight - 1) * strideY + Math.max(kernelHeight, strideY),
    paddedWidth: (outputWidth - 1) * strideX + kernelWidth,
    channels: x.shape[3] ?? channels,
    kernelHeight,
    kernelWidth,
    strideY,
    strideX,
    outputHeight,
    outputWidth,
    filters,
  };
}

/** Zeros around x for the windows of a convolution. */
export function windowPadding(
  x: Tensor,
  { paddedHeight, paddedWidth, channels }: ConvSizes,
  { padTop: top, padLeft: left }: WindowConstants,
): PadOptions {
  const [, height, width] = x.shape as Shape4;
  return { height, width, channels, paddedHeight, paddedWidth, top, left, spreadY: 1, spreadX: 1 };
}

/**
 * Zeros around dy, so that every pixel of x has a whole window of dy. For strides there are zeros between its pixels
 * too.
 */
export function gradientPadding(
  [, height, width]: Shape4,
  [, outputHeight, outputWidth, filters]: Shape4,
  [kernelHeight, kernelWidth]: Shape4,
  { strideY, strideX, padTop, padLeft }: WindowConstants,
): PadOptions {
  return {
    height: outputHeight,
    width: outputWidth,
    channels: filters,
    paddedHeight: height + kernelHeight - 1,
    paddedWidth: width + kernelWidth - 1,
    top: kernelHeight - 1 - padTop,
    left: kernelWidth - 1 - padLeft,
    spreadY: strideY,
    spreadX: strideX,
  };
}

/** The padded copy of x, made once in a program; x itself where there is nothing to add. */
export function pad(x: Tensor, options: PadOptions, copies: Copies): Copy {
  const { height, width, channels, paddedHeight, paddedWidth } = options;
  if (height === paddedHeight && width === paddedWidth) return { storage: x.storage, tasks: [] };
  const kernel = padKernel(options);
  const items = x.shape[0]!;
  return copies.get(x.storage, kernel.name, items * paddedHeight * paddedWidth * channels, (copy) => [
    task({
      name: `pad ${height}×${width}×${channels}`,
      items,
      calls: [call(kernel, [x, copy])],
      own: [x],
      writes: [copy],
    }),
  ]);
}
