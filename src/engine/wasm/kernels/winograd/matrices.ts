/**
 * The matrices of Winograd's minimal filtering, by the method of Toom and Cook (see docs/winograd.md).
 *
 * m neighbouring outputs of a filter of r taps need m + r − 1 inputs. Read the sum y[i] = Σ d[i + k] · g[k] as a
 * product of polynomials, evaluate both at m + r − 1 points, multiply there, and interpolate:
 *
 *     y = Aᵀ · ((G · g) ⊙ (Bᵀ · d))
 *
 * with m + r − 1 products instead of m · r. S. Winograd, "Arithmetic Complexity of Computations", 1980;
 * A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv 1509.09308, whose matrices
 * these are.
 */

/** Rows of numbers. */
export type Matrix = readonly (readonly number[])[];

export interface WinogradMatrices {
  /** [m, m + r − 1]: from products to outputs. */
  readonly outputs: Matrix;
  /** [m + r − 1, r]: from taps of the filter to the factors of the filter. */
  readonly filter: Matrix;
  /** [m + r − 1, m + r − 1]: from inputs to the factors of the inputs. */
  readonly inputs: Matrix;
}

/**
 * @param m outputs at a time
 * @param r taps of the filter
 * @param points m + r − 2 different numbers, to which infinity is added. Small numbers with few bits lose least to
 *     rounding
 */
export function winogradMatrices(m: number, r: number, points: readonly number[]): WinogradMatrices {
  const size = m + r - 1;
  if (points.length !== size - 1 || new Set(points).size !== points.length) {
    throw new RangeError(`F(${m}, ${r}) takes ${size - 1} different points, got ${points.join()}`);
  }
  const others = (point: number): number[] => points.filter((other) => other !== point);
  const normalisers = points.map((point) =>
    others(point).reduce((product, other) => product * (point - other), 1),
  );
  const powers = (point: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => point ** i);
  const last = (count: number): number[] =>
    Array.from({ length: count }, (_, i) => (i === count - 1 ? 1 : 0));
  return {
    outputs: transpose([...points.map((point) => powers(point, m)), last(m)]),
    filter: [...points.map((point, j) => powers(point, r).map((power) => power / normalisers[j]!)), last(r)],
    inputs: [...points.map((point) => [...polynomial(others(point)), 0]), polynomial(points)],
  };
}

/** Coefficients of Π (x − root), lowest power first. */
function polynomial(roots: readonly number[]): number[] {
  return roots.reduce(
    (coefficients, root) =>
      [...coefficients, 0].map((coefficient, power) => (coefficients[power - 1] ?? 0) - root * coefficient),
    [1],
  );
}

export function transpose(matrix: Matrix): Matrix {
  return matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));
}
