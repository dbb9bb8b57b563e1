/**
 * An operand of a product: it says where element (x, k) lies in a buffer. x is its own axis, the rows of A or the
 * columns of B; k is the axis that the product sums over. A matrix is one operand, the patches of a convolution
 * are another, and the tile does not know which it loads.
 */
export interface Operand {
  /** In the names of kernels: two operands of one name and one shape have the same code. */
  readonly name: string;
  /** Length of its own axis: m for A, n for B. */
  readonly size: number;
  /** Length of the axis that is summed over. */
  readonly depth: number;
  /** The axis along which the next element is the neighbour in memory. */
  readonly contiguous: 'x' | 'k';
  /**
   * Whether groups of four along that axis, from every multiple of four on, lie in one vec4f of the buffer. Such
   * a group is inside or outside as a whole.
   */
  readonly vectors: boolean;
  /** Statements that prepare a place on its own axis, before the loop over k. They name their results `${x}_…`. */
  place(x: string): string[];
  /** Statements that prepare a place on the axis k, in the loop. They name their results `${k}_…`. */
  step(k: string): string[];
  /** Conditions under which the element is more than a zero of padding. */
  inside(x: string, k: string): string[];
  /** Where the element lies, in floats from the start of the buffer. */
  index(x: string, k: string): string;
}

/** A matrix in rows, stored either [size, depth] (neighbours along k) or [depth, size] (neighbours along x). */
export function matrixOperand(size: number, depth: number, contiguous: 'x' | 'k'): Operand {
  return {
    name: contiguous === 'x' ? 'kx' : 'xk',
    size,
    depth,
    contiguous,
    vectors: (contiguous === 'x' ? size : depth) % 4 === 0,
    place: () => [],
    step: () => [],
    inside: () => [],
    index: (x, k) => (contiguous === 'x' ? `${k} * ${size}u + ${x}` : `${x} * ${depth}u + ${k}`),
  };
}
