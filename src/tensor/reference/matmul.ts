import type { Operation } from '../operation.ts';
import type { FloatArray } from '../tensor.ts';

/**
 * C [m, n] = A [m, k] · B [k, n], that is C[i, j] = Σₚ A[i, p] · B[p, j], in the three forms that training
 * needs (and the fourth, for completeness). The definition of the product: three loops each, ordered so that
 * the innermost one walks along rows in memory.
 */
export function matmul({ inputs, outputs, constants }: Operation<'matmul'>): void {
  const c = outputs.c.values;
  const [m, n] = outputs.c.shape as [number, number];
  const k = inputs.a.size / m;
  const { transposeA, transposeB } = constants;
  if (transposeB) rowTimesRow(inputs.a.values, inputs.b.values, c, m, k, n, transposeA);
  else if (transposeA) sumOfOuterProducts(inputs.a.values, inputs.b.values, c, m, k, n);
  else sumOfScaledRows(inputs.a.values, inputs.b.values, c, m, k, n);
}

/** A [m, k], B [k, n] (forward): row i of C is the sum of the rows of B, scaled by the elements of row i of A. */
function sumOfScaledRows(a: FloatArray, b: FloatArray, c: FloatArray, m: number, k: number, n: number): void {
  c.fill(0);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const scale = a[i * k + p]!;
      for (let j = 0; j < n; j++) c[i * n + j]! += scale * b[p * n + j]!;
    }
  }
}

/** A stored [k, m], B [k, n] (gradient of the weights): C is the sum over p of (row p of A)ᵀ · (row p of B). */
function sumOfOuterProducts(
  a: FloatArray,
  b: FloatArray,
  c: FloatArray,
  m: number,
  k: number,
  n: number,
): void {
  c.fill(0);
  for (let p = 0; p < k; p++) {
    for (let i = 0; i < m; i++) {
      const scale = a[p * m + i]!;
      for (let j = 0; j < n; j++) c[i * n + j]! += scale * b[p * n + j]!;
    }
  }
}

/** A [m, k] or stored [k, m], B stored [n, k] (gradient of the input): C[i, j] is a dot product with row j of B. */
function rowTimesRow(
  a: FloatArray,
  b: FloatArray,
  c: FloatArray,
  m: number,
  k: number,
  n: number,
  transposeA: boolean,
): void {
  const [rowStride, columnStride] = transposeA ? [1, m] : [k, 1];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a[i * rowStride + p * columnStride]! * b[j * k + p]!;
      c[i * n + j] = sum;
    }
  }
}
