/**
 * Convolutions as products, without the matrix of patches that they multiply: it exists as an operand alone, whose
 * element is found in the image when a tile loads it. Images are [images, height, width, channels], filters
 * [kernelHeight, kernelWidth, channels, filters].
 *
 * Rows of the matrix are pixels; along the other axis lie the taps of the window and, for each, the channels. So
 * neighbours are channels of one pixel, and whether a pixel lies in the image is one test for all of them.
 *
 * Coordinates are u32: one that is left of the image or above it wraps to a large number, so that a single
 * comparison with the size finds both ends.
 */
import type { WindowGeometry } from '../../../tensor/window.ts';
import type { Operand } from './operand.ts';

/** Sizes of a convolution. */
export interface Conv2dGeometry extends WindowGeometry {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filters: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
}

/** One axis of the matrix of patches: its length, and statements that prepare a place on it. */
interface Axis {
  readonly length: number;
  readonly prepare: (place: string) => string[];
}

/** The same matrix as A, or as Aᵀ: the names of the pixel and of the tap change places. */
type InPatches = (pixel: string, tap: string) => { readonly inside: string[]; readonly index: string };

function operand(
  name: string,
  [own, summed]: readonly [Axis, Axis],
  { contiguous, vectors }: Pick<Operand, 'contiguous' | 'vectors'>,
  element: InPatches,
): Operand {
  return {
    name,
    size: own.length,
    depth: summed.length,
    contiguous,
    vectors,
    place: own.prepare,
    step: summed.prepare,
    inside: (x, k) => element(x, k).inside,
    index: (x, k) => element(x, k).index,
  };
}

/**
 * The patches of x under each output pixel: [pixels of y, taps · channels], for y = patches · filter and, transposed,
 * for dFilter = patchesᵀ · dy.
 */
export function patchesOperand(geometry: Conv2dGeometry, use: 'forward' | 'backwardFilter'): Operand {
  const { images, height, width, channels, kernelHeight, kernelWidth, outputHeight, outputWidth } = geometry;
  const { strideY, strideX, padTop, padLeft } = geometry;
  const pixels: Axis = {
    length: images * outputHeight * outputWidth,
    prepare: (p) => [
      `let ${p}_top = ${p} / ${outputWidth}u % ${outputHeight}u * ${strideY}u - ${padTop}u;`,
      `let ${p}_left = ${p} % ${outputWidth}u * ${strideX}u - ${padLeft}u;`,
      `let ${p}_row = ${p} / ${outputHeight * outputWidth}u * ${height}u + ${p}_top;`,
      `let ${p}_start = (${p}_row * ${width}u + ${p}_left) * ${channels}u;`,
    ],
  };
  const taps: Axis = {
    length: kernelHeight * kernelWidth * channels,
    prepare: (k) => [
      `let ${k}_down = ${k} / ${kernelWidth * channels}u;`,
      `let ${k}_right = ${k} / ${channels}u % ${kernelWidth}u;`,
      `let ${k}_offset = (${k}_down * ${width}u + ${k}_right) * ${channels}u + ${k} % ${channels}u;`,
    ],
  };
  const staysInside = {
    vertically: padTop === 0 && (outputHeight - 1) * strideY + kernelHeight <= height,
    horizontally: padLeft === 0 && (outputWidth - 1) * strideX + kernelWidth <= width,
  };
  const element: InPatches = (pixel, tap) => ({
    inside: [
      ...(staysInside.vertically ? [] : [`${pixel}_top + ${tap}_down < ${height}u`]),
      ...(staysInside.horizontally ? [] : [`${pixel}_left + ${tap}_right < ${width}u`]),
    ],
    index: `${pixel}_start + ${tap}_offset`,
  });
  const vectors = channels % 4 === 0;
  if (use === 'forward') {
    // with one channel, neighbours in memory are neighbouring pixels
    const contiguous = channels === 1 ? 'x' : 'k';
    return operand('patches', [pixels, taps], { contiguous, vectors }, element);
  }
  const contiguous = channels === 1 ? 'k' : 'x';
  return operand('patchesT', [taps, pixels], { contiguous, vectors }, (tap, pixel) => element(pixel, tap));
}

/**
 * The outputs that each input pixel acts on, [pixels of x, taps · filters], for dx = patches of dy · (filter, taps by
 * channels transposed). An output acts through a tap if it lies at (y + padTop − tap) / strideY, which must be whole.
 */
export function gradientPatchesOperand(geometry: Conv2dGeometry): Operand {
  const { images, height, width, filters, kernelHeight, kernelWidth, outputHeight, outputWidth } = geometry;
  const { strideY, strideX, padTop, padLeft } = geometry;
  const unstrided = strideY === 1 && strideX === 1;
  const pixels: Axis = {
    length: images * height * width,
    prepare: (p) => [
      `let ${p}_image = ${p} / ${height * width}u;`,
      `let ${p}_bottom = ${p} / ${width}u % ${height}u + ${padTop}u;`,
      `let ${p}_right = ${p} % ${width}u + ${padLeft}u;`,
      ...(unstrided ? [`let ${p}_start = ${pixelIndex(`${p}_image`, `${p}_bottom`, `${p}_right`)};`] : []),
    ],
  };
  const taps: Axis = {
    length: kernelHeight * kernelWidth * filters,
    prepare: (k) => [
      `let ${k}_up = ${k} / ${kernelWidth * filters}u;`,
      `let ${k}_left = ${k} / ${filters}u % ${kernelWidth}u;`,
      `let ${k}_filter = ${k} % ${filters}u;`,
      ...(unstrided
        ? [`let ${k}_back = (${k}_up * ${outputWidth}u + ${k}_left) * ${filters}u - ${k}_filter;`]
        : []),
    ],
  };
  function pixelIndex(image: string, y: string, x: string): string {
    return `((${image} * ${outputHeight}u + ${y}) * ${outputWidth}u + ${x}) * ${filters}u`;
  }
  const element: InPatches = (pixel, tap) => {
    const y = `(${pixel}_bottom - ${tap}_up)`;
    const x = `(${pixel}_right - ${tap}_left)`;
    if (unstrided) {
      return {
        inside: [`${y} < ${outputHeight}u`, `${x} < ${outputWidth}u`],
        index: `${pixel}_start - ${tap}_back`,
      };
    }
    const [row, column] = [`${y} / ${strideY}u`, `${x} / ${strideX}u`];
    return {
      inside: [
        `${y} % ${strideY}u == 0u`,
        `${x} % ${strideX}u == 0u`,
        `${row} < ${outputHeight}u`,
        `${column} < ${outputWidth}u`,
      ],
      index: `${pixelIndex(`${pixel}_image`, row, column)} + ${tap}_filter`,
    };
  };
  // with one filter, neighbours in memory are neighbouring pixels
  const contiguous = filters === 1 ? 'x' : 'k';
  return operand('patches', [pixels, taps], { contiguous, vectors: filters % 4 === 0 }, element);
}

/** The filter as B of dx: [taps · filters, channels], of which filters are neighbours in memory. */
export function turnedFilterOperand({
  kernelHeight,
  kernelWidth,
  channels,
  filters,
}: Conv2dGeometry): Operand {
  return {
    name: 'filterT',
    size: channels,
    depth: kernelHeight * kernelWidth * filters,
    contiguous: 'k',
    vectors: filters % 4 === 0,
    place: () => [],
    step: (k) => [`let ${k}_offset = ${k} / ${filters}u * ${channels * filters}u + ${k} % ${filters}u;`],
    inside: () => [],
    index: (x, k) => `${k}_offset + ${x} * ${filters}u`,
  };
}
