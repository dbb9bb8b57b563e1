/** Pooling and its gradients; reference/max-pool.ts and reference/average-pool.ts have the formulas. */
import type { Operation } from '../../../tensor/operation.ts';
import type { Shape } from '../../../tensor/shape.ts';
import type { Launch } from './kernel.ts';
import { launch } from './launch.ts';
import { position } from './indices.ts';
import { eachTap, eachWindow, windowSizes } from './windows.ts';

/** Finds `best`, the largest pixel of a window, and its `place` in the window; of equal pixels the first. */
function largest(result: 'best' | 'place'): string {
  return `function (x) {
  ${position('outputHeight', 'outputWidth', 'channels')}
  let best = -Infinity;
  let place = 0;
  ${eachTap(`
          const value = x[pixelUnder * this.constants.channels + channel];
          if (value > best) {
            best = value;
            place = ky * this.constants.windowWidth + kx;
          }`)}
  return ${result};
}`;
}

/** Sums dy over the windows in which this pixel is the largest. */
const maxBackward = `function (dy, argmax) {
  ${position('inputHeight', 'inputWidth', 'channels')}
  let sum = 0;
  ${eachWindow(`
          const window = pixelOver * this.constants.channels + channel;
          if (argmax[window] === ky * this.constants.windowWidth + kx) {
            sum += dy[window];
          }`)}
  return sum;
}`;

const average = `function (x) {
  ${position('outputHeight', 'outputWidth', 'channels')}
  let sum = 0;
  let count = 0;
  ${eachTap(`
          sum += x[pixelUnder * this.constants.channels + channel];
          count += 1;`)}
  return sum / count;
}`;

/**
 * Sums this pixel's share of dy over the windows that contain it. Windows at the edges have fewer pixels to share with.
 */
const averageBackward = `function (dy) {
  ${position('inputHeight', 'inputWidth', 'channels')}
  let sum = 0;
  ${eachWindow(`
          const top = row - ky;
          const left = column - kx;
          const rows = Math.min(top + this.constants.windowHeight, this.constants.inputHeight) - Math.max(top, 0);
          const columns = Math.min(left + this.constants.windowWidth, this.constants.inputWidth) - Math.max(left, 0);
          sum += dy[pixelOver * this.constants.channels + channel] / (rows * columns);`)}
  return sum;
}`;

/** A kernel has one result, so the largest pixels and their places are two launches. */
export function maxPool2d({ inputs, outputs, constants }: Operation<'maxPool2d'>): Launch[] {
  const { x } = inputs;
  const { y, argmax } = outputs;
  const sizes = poolSizes(x.shape, y.shape, constants);
  return [
    launch('maxPool2d', largest('best'), sizes, [x.storage], y.storage),
    launch('maxPool2d argmax', largest('place'), sizes, [x.storage], argmax.storage),
  ];
}

export function maxPool2dBackward({ inputs, outputs, constants }: Operation<'maxPool2dBackward'>): Launch[] {
  const { dy, argmax } = inputs;
  const { dx } = outputs;
  const sizes = poolSizes(dx.shape, dy.shape, constants);
  return [launch('maxPool2dBackward', maxBackward, sizes, [dy.storage, argmax.storage], dx.storage)];
}

export function averagePool2d({ inputs, outputs, constants }: Operation<'averagePool2d'>): Launch[] {
  const { x } = inputs;
  const { y } = outputs;
  return [launch('averagePool2d', average, poolSizes(x.shape, y.shape, constants), [x.storage], y.storage)];
}

export function averagePool2dBackward({
  inputs,
  outputs,
  constants,
}: Operation<'averagePool2dBackward'>): Launch[] {
  const { dy } = inputs;
  const { dx } = outputs;
  const sizes = poolSizes(dx.shape, dy.shape, constants);
  return [launch('averagePool2dBackward', averageBackward, sizes, [dy.storage], dx.storage)];
}

function poolSizes(
  input: Shape,
  output: Shape,
  constants: Operation<'maxPool2d'>['constants'],
): Record<string, number> {
  return {
    ...windowSizes(input, output, [constants.height, constants.width], constants),
    channels: input[3]!,
  };
}
