/** How a window (a filter, a pool) walks over images: the geometry of convolution and pooling. */
import { type Shape, ShapeError } from './shape.ts';

/**
 * `valid`: the window stays inside the image. `same`: it may stick out, so that the output has
 * ⌈size / stride⌉ positions; Keras's definition, with the odd pixel of padding at the bottom and the right.
 */
export type Padding = 'same' | 'valid';

/** Where the first window lies: `padTop` rows above and `padLeft` columns left of the image. */
export interface WindowConstants {
  strideY: number;
  strideX: number;
  padTop: number;
  padLeft: number;
}

export interface WindowGeometry extends WindowConstants {
  outputHeight: number;
  outputWidth: number;
}

/** The output size and padding for windows [height, width] on images [h, w]. */
export function windowGeometry(
  image: Shape,
  window: Shape,
  stride: Shape,
  padding: Padding,
  what: string,
): WindowGeometry {
  const [y, x] = [0, 1].map((axis) => alongAxis(image[axis]!, window[axis]!, stride[axis]!, padding, what));
  return {
    outputHeight: y!.output,
    outputWidth: x!.output,
    strideY: stride[0]!,
    strideX: stride[1]!,
    padTop: y!.before,
    padLeft: x!.before,
  };
}

function alongAxis(
  size: number,
  window: number,
  stride: number,
  padding: Padding,
  what: string,
): { output: number; before: number } {
  if (padding === 'same') {
    const output = Math.ceil(size / stride);
    const total = Math.max((output - 1) * stride + window - size, 0);
    return { output, before: Math.floor(total / 2) };
  }
  if (window > size) throw new ShapeError(`${what}: a window of ${window} does not fit into ${size} pixels`);
  return { output: Math.floor((size - window) / stride) + 1, before: 0 };
}
