/**
 * A batch of examples from a data set that lies on the device: bytes, four in a u32, the first in its lowest bits, or
 * floats.
 *
 *     y[i, …] = scale · images[indices[i], …]        y[i] = labels[indices[i]]        y[i, …] = x[indices[i], …]
 *
 * Every device rounds the product of two float32 numbers correctly, so that the result equals the reference bit for
 * bit.
 */
import { type KernelBuffer, read, write } from './buffers.ts';
import { flatKernel, inFours } from './flat.ts';
import type { WgslKernel } from './kernel.ts';
import { float } from './number.ts';

interface Images {
  /** Images of the batch. */
  readonly rows: number;
  /** Bytes of an image. */
  readonly size: number;
  /** What a byte is multiplied by, such as 1 / 255. */
  readonly scale: number;
}

/** Buffers: images (bytes), indices [rows], y [rows, size]. */
export function gatherImages({ rows, size, scale }: Images): WgslKernel {
  return flatKernel({
    name: `gatherImages ${rows}×${size} by ${float(scale)}`,
    items: itemsOf(rows, size),
    buffers: [read('images', 'u32'), read('indices'), imagesOut(size)],
    body: `${whichPart(size)}
    ${copyPart(size, scale)}`,
  });
}

/** Buffers: labels (bytes), indices [rows], y [rows]. */
export function gatherLabels({ rows }: { readonly rows: number }): WgslKernel {
  return flatKernel({
    name: `gatherLabels ${rows}`,
    items: rows,
    buffers: [read('labels', 'u32'), read('indices'), write('labelsOut')],
    body: `let row = index;
    ${copyLabel}`,
  });
}

/** Both at once. Buffers: images (bytes), labels (bytes), indices [rows], x [rows, size], y [rows]. */
export function gatherBatch({ rows, size, scale }: Images): WgslKernel {
  return flatKernel({
    name: `gatherBatch ${rows}×${size} by ${float(scale)}`,
    items: itemsOf(rows, size),
    buffers: [
      read('images', 'u32'),
      read('labels', 'u32'),
      read('indices'),
      imagesOut(size),
      write('labelsOut'),
    ],
    body: `${whichPart(size)}
    ${copyPart(size, scale)}
    if (part == 0u) {
      ${copyLabel}
    }`,
  });
}

/** Rows of floats. Buffers: x (floats), indices [rows], y [rows, size]. */
export function gatherRows({ rows, size }: Omit<Images, 'scale'>): WgslKernel {
  const type = inFours(size) ? 'vec4f' : 'f32';
  return flatKernel({
    name: `gatherRows ${rows}×${size}`,
    items: itemsOf(rows, size),
    buffers: [read('x', type), read('indices'), write('y', type)],
    body: `${whichPart(size)}
    y[index] = x[u32(indices[row]) * ${partsOf(size)}u + part];`,
  });
}

/** The number of parts of an image: words of four bytes where images are whole words, otherwise bytes. */
function partsOf(size: number): number {
  return inFours(size) ? size / 4 : size;
}

function itemsOf(rows: number, size: number): number {
  return rows * partsOf(size);
}

function imagesOut(size: number): KernelBuffer {
  return write('imagesOut', inFours(size) ? 'vec4f' : 'f32');
}

/** Declares `row`, the image of the batch that the thread works on, and `part`, its part of this image. */
function whichPart(size: number): string {
  return `let row = index / ${partsOf(size)}u;
    let part = index % ${partsOf(size)}u;`;
}

function copyPart(size: number, scale: number): string {
  const from = `u32(indices[row]) * ${partsOf(size)}u + part`;
  if (inFours(size)) {
    return `let word = images[${from}];
    let bytes = (vec4u(word) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u);
    imagesOut[index] = vec4f(bytes) * ${float(scale)};`;
  }
  return `let byte = ${from};
    imagesOut[index] = f32((images[byte / 4u] >> (byte % 4u * 8u)) & 255u) * ${float(scale)};`;
}

const copyLabel = `let source = u32(indices[row]);
      labelsOut[row] = f32((labels[source / 4u] >> (source % 4u * 8u)) & 255u);`;
