/**
 * Shapes, and the conventions that hold everywhere in weft:
 *
 * - Arrays are row-major: the last dimension is contiguous. Element (i, j) of C [m, n] sits at `i * n + j`.
 * - matmul is A [m, k] · B [k, n] = C [m, n].
 * - The first dimension is the batch. Images are [n, height, width, channels] (NHWC), as in Keras.
 * - Loop letters follow shape letters: `i < m`, `p < k`, `j < n`.
 */
export type Shape = readonly number[];

/** Shapes that do not fit an operation. The message names the operation, the full shapes and the clash. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** Number of elements: the product of the dimensions; 1 for a scalar `[]`. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}

/** `[64, 784]`, as messages and print-outs show a shape. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/** Throws unless every dimension is a positive integer. */
export function checkShape(shape: Shape, what: string): void {
  if (!shape.every((dimension) => Number.isSafeInteger(dimension) && dimension > 0)) {
    throw new ShapeError(`${what}: dimensions must be positive integers, got ${formatShape(shape)}`);
  }
}

/** Throws unless `actual` equals `expected`; `what` says whose shape it is: `addBias: bias`. */
export function expectShape(actual: Shape, expected: Shape, what: string): void {
  if (!sameShape(actual, expected)) {
    throw new ShapeError(`${what}: expected shape ${formatShape(expected)}, got ${formatShape(actual)}`);
  }
}

/** Throws unless `shape` has `rank` dimensions. */
export function expectRank(shape: Shape, rank: number, what: string): void {
  if (shape.length !== rank) {
    throw new ShapeError(`${what}: expected ${rank} dimensions, got ${formatShape(shape)}`);
  }
}
