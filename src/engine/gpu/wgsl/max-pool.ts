/**
 * Max-pooling of images x [n, h, w, c] to y [n, oh, ow, c]:
 *
 *     y = the largest pixel of each window        argmax = its place in the window, counted row by row
 *     dx = the sum of dy over the windows in which a pixel is the largest
 *
 * With ReLU behind the pool, y = max(largest, 0), and dy counts only where y > 0. A thread computes one pixel of one
 * channel, or of four channels where their number is a multiple of four.
 */
import type { PoolConstants } from '../../../tensor/operation.ts';
import type { Shape } from '../../../tensor/shape.ts';
import { sizeOf } from '../../../tensor/shape.ts';
import { read, write } from './buffers.ts';
import { flatKernel, inFours } from './flat.ts';
import type { WgslKernel } from './kernel.ts';

export interface MaxPool {
  /** [n, h, w, c]. */
  readonly input: Shape;
  /** [n, oh, ow, c]. */
  readonly output: Shape;
  readonly constants: PoolConstants;
  /** What follows the pool; nothing if left out. */
  readonly activation?: 'relu' | undefined;
}

/** Buffers: x, y, argmax. */
export function maxPool(pool: MaxPool): WgslKernel {
  const { strideY, strideX, padTop, padLeft, height, width } = pool.constants;
  const { items, channels, element, inputHeight, inputWidth } = sizes(pool, pool.output);
  return flatKernel({
    name: nameOf('maxPool', pool),
    items,
    buffers: [read('x', element), write('y', element), write('argmax', element)],
    // u32 below 0 wrap around to large numbers, so that one comparison tells whether a pixel is in the image;
    // the first pixel in the image starts the search: it is the largest if no other is larger
    body: `${position(pool.output, channels)}
    let firstY = max(row * ${strideY}u, ${padTop}u) - row * ${strideY}u;
    let firstX = max(column * ${strideX}u, ${padLeft}u) - column * ${strideX}u;
    let top = row * ${strideY}u - ${padTop}u;
    let left = column * ${strideX}u - ${padLeft}u;
    var largest = x[((image * ${inputHeight}u + top + firstY) * ${inputWidth}u + left + firstX) * ${channels}u + channel];
    var place = ${element}(f32(firstY * ${width}u + firstX));
    for (var ky = 0u; ky < ${height}u; ky++) {
      for (var kx = 0u; kx < ${width}u; kx++) {
        let iy = top + ky;
        let ix = left + kx;
        if (iy < ${inputHeight}u && ix < ${inputWidth}u) {
          let value = x[((image * ${inputHeight}u + iy) * ${inputWidth}u + ix) * ${channels}u + channel];
          // for NaN neither comparison is true, so that it becomes the largest
          let larger = !(value <= largest);
          largest = select(largest, value, larger);
          place = select(place, ${element}(f32(ky * ${width}u + kx)), larger);
        }
      }
    }
    argmax[index] = place;
    y[index] = ${pool.activation === 'relu' ? `select(largest, ${element}(0), largest < ${element}(0))` : 'largest'};`,
  });
}

/**
 * Each thread visits the windows that contain its pixel, in the order of the reference. Where windows leave gaps, there
 * may be none.
 *
 * Buffers: dy, argmax, dx, or with ReLU: dy, argmax, y, dx.
 */
export function maxPoolBackward(pool: MaxPool): WgslKernel {
  const { strideY, strideX, padTop, padLeft, height, width } = pool.constants;
  const [, outputHeight, outputWidth] = pool.output;
  const { items, channels, element } = sizes(pool, pool.input);
  // the most windows that contain one pixel
  const windowsY = Math.ceil(height / strideY);
  const windowsX = Math.ceil(width / strideX);
  const relu = pool.activation === 'relu';
  return flatKernel({
    name: nameOf('maxPoolBackward', pool),
    items,
    buffers: [
      read('dy', element),
      read('argmax', element),
      ...(relu ? [read('y', element)] : []),
      write('dx', element),
    ],
    // windows before the first wrap around to large numbers
    body: `${position(pool.input, channels)}
    let fromTop = row + ${padTop}u;
    let fromLeft = column + ${padLeft}u;
    let firstY = fromTop / ${strideY}u - ${windowsY - 1}u;
    let firstX = fromLeft / ${strideX}u - ${windowsX - 1}u;
    var sum = ${element}(0);
    for (var j = 0u; j < ${windowsY}u; j++) {
      for (var i = 0u; i < ${windowsX}u; i++) {
        let oy = firstY + j;
        let ox = firstX + i;
        let ky = fromTop - oy * ${strideY}u;
        let kx = fromLeft - ox * ${strideX}u;
        if (oy < ${outputHeight}u && ox < ${outputWidth}u && ky < ${height}u && kx < ${width}u) {
          let window = ((image * ${outputHeight}u + oy) * ${outputWidth}u + ox) * ${channels}u + channel;
          let here = argmax[window] == ${element}(f32(ky * ${width}u + kx));
          sum += select(${element}(0), dy[window], ${relu ? `here & (y[window] > ${element}(0))` : 'here'});
        }
      }
    }
    dx[index] = sum;`,
  });
}

interface Sizes {
  /** Number of threads. */
  readonly items: number;
  /** Channels, or fours of them. */
  readonly channels: number;
  readonly element: 'f32' | 'vec4f';
  readonly inputHeight: number;
  readonly inputWidth: number;
}

/** For a kernel with a thread for each element, or four channels, of an array of the given shape. */
function sizes({ input }: MaxPool, computed: Shape): Sizes {
  const [, inputHeight, inputWidth, channels] = input as readonly [number, number, number, number];
  const four = inFours(channels);
  return {
    items: sizeOf(computed) / (four ? 4 : 1),
    channels: four ? channels / 4 : channels,
    element: four ? 'vec4f' : 'f32',
    inputHeight,
    inputWidth,
  };
}

/** Finds `image`, `row`, `column` and `channel` of element `index` in an array of the shape. */
function position([, height, width]: Shape, channels: number): string {
  return `let channel = index % ${channels}u;
    let pixel = index / ${channels}u;
    let column = pixel % ${width}u;
    let row = pixel / ${width}u % ${height}u;
    let image = pixel / ${height! * width!}u;`;
}

function nameOf(what: string, { input, output, constants, activation }: MaxPool): string {
  const { height, width, strideY, strideX, padTop, padLeft } = constants;
  const window = `${height}×${width} by ${strideY}×${strideX} from −${padTop}, −${padLeft}`;
  return `${what} ${input.join('×')} → ${output.join('×')}, windows ${window}${activation ? `, ${activation}` : ''}`;
}
