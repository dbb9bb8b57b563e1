/**
 * Convolution and its two gradients; reference/conv2d.ts has the formulas. Variables of a kernel are float32 on the
 * device. `| 0` makes positions integers outside of the innermost loop. Otherwise the device would convert two
 * positions for each multiplication.
 */
import type { Operation } from '../../../tensor/operation.ts';
import type { Shape } from '../../../tensor/shape.ts';
import { Storage } from '../../../tensor/tensor.ts';
import type { Launch } from './kernel.ts';
import { launch } from './launch.ts';
import { divide, position } from './indices.ts';
import { mostTerms, sumParts } from './parts.ts';
import { eachTap, eachWindow, windowSizes } from './windows.ts';

/** y[pixel, filter]: the sum over the taps of the window and the channels of x. */
const forward = `function (x, filter) {
  ${position('outputHeight', 'outputWidth', 'units')}
  let sum = 0;
  ${eachTap(`
          const from = pixelUnder * this.constants.channels;
          const tap = (ky * this.constants.windowWidth + kx) * this.constants.channels;
          for (let c = 0; c < this.constants.channels; c++) {
            sum += x[(from | 0) + c] * filter[((tap | 0) + c) * this.constants.units + (channel | 0)];
          }`)}
  return sum;
}`;

/** dx[pixel, channel]: the sum over the windows that contain the pixel, and over the filters. */
const backwardInput = `function (dy, filter) {
  ${position('inputHeight', 'inputWidth', 'channels')}
  let sum = 0;
  ${eachWindow(`
          const from = pixelOver * this.constants.units;
          const tap = (ky * this.constants.windowWidth + kx) * this.constants.channels;
          const weights = (tap + channel) * this.constants.units;
          for (let o = 0; o < this.constants.units; o++) {
            sum += dy[(from | 0) + o] * filter[(weights | 0) + o];
          }`)}
  return sum;
}`;

/**
 * Parts [parts, …filter] of dFilter: part p sums over rows p · rowsPerPart to (p + 1) · rowsPerPart − 1 of all output
 * images.
 */
const backwardFilter = `function (x, dy) {
  ${divide('part', 'weight', 'this.thread.x', 'this.constants.filterSize')}
  ${divide('input', 'unit', 'weight', 'this.constants.units')}
  ${divide('tap', 'channel', 'input', 'this.constants.channels')}
  ${divide('ky', 'kx', 'tap', 'this.constants.windowWidth')}
  const firstRow = part * this.constants.rowsPerPart;
  ${divide('image', 'oy', 'firstRow', 'this.constants.outputHeight')}
  let sum = 0;
  for (let r = 0; r < this.constants.rowsPerPart; r++) {
    const iy = oy * this.constants.strideY + ky - this.constants.padTop;
    if (image < this.constants.images && iy >= 0 && iy < this.constants.inputHeight) {
      const xRow = (image * this.constants.inputHeight + iy) * this.constants.inputWidth;
      const dyRow = (image * this.constants.outputHeight + oy) * this.constants.outputWidth;
      for (let ox = 0; ox < this.constants.outputWidth; ox++) {
        const ix = ox * this.constants.strideX + kx - this.constants.padLeft;
        if (ix >= 0 && ix < this.constants.inputWidth) {
          sum +=
            x[((xRow + ix) | 0) * this.constants.channels + (channel | 0)] *
            dy[((dyRow | 0) + ox) * this.constants.units + (unit | 0)];
        }
      }
    }
    oy += 1;
    if (oy >= this.constants.outputHeight) {
      oy = 0;
      image += 1;
    }
  }
  return sum;
}`;

export function conv2d({ inputs, outputs, constants }: Operation<'conv2d'>): Launch[] {
  const { x, filter } = inputs;
  const sizes = convolutionSizes(x.shape, outputs.y.shape, filter.shape, constants);
  return [launch('conv2d', forward, sizes, [x.storage, filter.storage], outputs.y.storage)];
}

export function conv2dBackwardInput({
  inputs,
  outputs,
  constants,
}: Operation<'conv2dBackwardInput'>): Launch[] {
  const { dy, filter } = inputs;
  const sizes = convolutionSizes(outputs.dx.shape, dy.shape, filter.shape, constants);
  return [
    launch('conv2dBackwardInput', backwardInput, sizes, [dy.storage, filter.storage], outputs.dx.storage),
  ];
}

export function conv2dBackwardFilter({
  inputs,
  outputs,
  constants,
}: Operation<'conv2dBackwardFilter'>): Launch[] {
  const { x, dy } = inputs;
  const { dFilter } = outputs;
  const [images, outputHeight, outputWidth] = dy.shape as [number, number, number];
  const rows = images * outputHeight;
  const rowsPerPart = Math.ceil(rows / partCount(rows * outputWidth, dFilter.size));
  const count = Math.ceil(rows / rowsPerPart);
  const sizes = {
    ...convolutionSizes(x.shape, dy.shape, dFilter.shape, constants),
    filterSize: dFilter.size,
    images,
    rowsPerPart,
  };
  const parts = count === 1 ? dFilter.storage : new Storage('float32', count * dFilter.size, null);
  const first = launch('conv2dBackwardFilter', backwardFilter, sizes, [x.storage, dy.storage], parts);
  return count === 1 ? [first] : [first, sumParts(parts, dFilter.storage)];
}

/** Parts of about 512 pixels, at most as many as fit in 16 MiB: a filter with many weights keeps a GPU busy anyway. */
function partCount(pixels: number, filterSize: number): number {
  const fitting = Math.max(1, Math.floor(2 ** 22 / filterSize));
  return Math.max(Math.ceil(pixels / mostTerms), Math.min(Math.ceil(pixels / 512), fitting));
}

function convolutionSizes(
  input: Shape,
  output: Shape,
  filter: Shape,
  constants: Operation<'conv2d'>['constants'],
): Record<string, number> {
  return {
    ...windowSizes(input, output, filter, constants),
    channels: filter[2]!,
    units: filter[3]!,
  };
}
