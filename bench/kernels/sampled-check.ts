/** The check of a product on some of its elements: all of a large one would take a plain loop minutes. */
import { RandomStream } from '../../src/tensor/random.ts';

const checkedElements = 64;

/** A product C [m, n] with sums of k terms, each at most 1 in size. */
export interface CheckedProduct {
  readonly size: { readonly m: number; readonly n: number; readonly k: number };
  /** One element of C in double precision, by the definition. */
  readonly expected: (row: number, column: number) => number;
}

/**
 * Compares the last element, since edges are where tiles go wrong, and some others.
 *
 * @returns the largest error as a share of its bound
 * @throws if an element is further from its sum in double precision than rounding explains
 */
export function checkSample(what: string, { size, expected }: CheckedProduct, c: Float32Array): number {
  const { m, n, k } = size;
  if (c.length !== m * n) throw new Error(`${what}: ${c.length} elements, expected ${m * n}: not timed`);
  const random = new RandomStream(2, what);
  // rounding errors of a sum of k terms of at most 1, as the tests of the tiles bound them
  const bound = 4 * k * 2 ** -24;
  let worst = 0;
  for (let checked = 0; checked < checkedElements; checked++) {
    const index = checked === 0 ? m * n - 1 : Math.floor(random.uniform(checked) * m * n);
    const [row, column] = [Math.floor(index / n), index % n];
    const sum = expected(row, column);
    const error = Math.abs(c[index]! - sum) / bound;
    if (!(error <= 1)) {
      throw new Error(`${what}: element [${row}, ${column}] is ${c[index]}, expected ${sum}: not timed`);
    }
    worst = Math.max(worst, error);
  }
  return worst;
}
