/**
 * A smooth surface over a picture, for each of its channels: a polynomial of second order in x and y, which go from −1
 * at the left and the top to 1. It follows the light of a window at one side, of a lamp above, and the darker corners of
 * a lens.
 *
 *     s(x, y) = c₀ + c₁x + c₂y + c₃x² + c₄xy + c₅y²
 */
import type { Pixels } from './pixels.ts';

/** Six coefficients for each channel. */
export type SurfaceCoefficients = readonly Float64Array[];

export const surfaceTerms = 6;

/** The coefficients that are not constant are drawn to 0 by this much, so that a line of pixels has a surface, too. */
const ridge = 1e-9;

/** Writes 1, x, y, x², xy, y² at a pixel to `terms`, from `offset`. */
export function writeSurfaceTerms(
  terms: Float64Array,
  offset: number,
  pixel: number,
  { width, height }: { readonly width: number; readonly height: number },
): void {
  const x = (2 * (pixel % width) + 1) / width - 1;
  const y = (2 * Math.floor(pixel / width) + 1) / height - 1;
  terms[offset] = 1;
  terms[offset + 1] = x;
  terms[offset + 2] = y;
  terms[offset + 3] = x * x;
  terms[offset + 4] = x * y;
  terms[offset + 5] = y * y;
}

/**
 * The surfaces with the least weighted sum of squared differences from samples: Σw·φφᵀ·c = Σw·φ·value.
 *
 * @param phi the six terms of each sample @param values those of each sample, channel by channel
 * @param weights of the samples, 0 or more, not all 0
 */
export function fitSurface(
  phi: Float64Array,
  values: Float32Array,
  weights: Float64Array,
): SurfaceCoefficients {
  const channels = values.length / weights.length;
  const width = surfaceTerms + channels;
  const matrix = Array.from({ length: surfaceTerms }, () => new Float64Array(width));
  let total = 0;
  for (const [sample, weight] of weights.entries()) {
    if (weight === 0) continue;
    total += weight;
    for (let i = 0; i < surfaceTerms; i++) {
      const row = matrix[i]!;
      const factor = weight * phi[sample * surfaceTerms + i]!;
      for (let j = 0; j < surfaceTerms; j++) row[j]! += factor * phi[sample * surfaceTerms + j]!;
      for (let c = 0; c < channels; c++) row[surfaceTerms + c]! += factor * values[sample * channels + c]!;
    }
  }
  for (let i = 1; i < surfaceTerms; i++) matrix[i]![i]! += ridge * total;
  return solve(matrix);
}

/** The surfaces at every pixel of a picture of a size, limited to 0 … 255. */
export function drawSurface(
  coefficients: SurfaceCoefficients,
  size: { readonly width: number; readonly height: number },
): Pixels<Float32Array> {
  const channels = coefficients.length;
  const data = new Float32Array(size.width * size.height * channels);
  const phi = new Float64Array(surfaceTerms);
  for (let pixel = 0; pixel < size.width * size.height; pixel++) {
    writeSurfaceTerms(phi, 0, pixel, size);
    for (const [c, of] of coefficients.entries()) {
      data[pixel * channels + c] = Math.min(Math.max(surfaceAt(of, phi, 0), 0), 255);
    }
  }
  return { width: size.width, height: size.height, channels, data };
}

/** The surface with six coefficients where the terms from `offset` hold. */
export function surfaceAt(coefficients: Float64Array, phi: Float64Array, offset: number): number {
  let sum = 0;
  for (let i = 0; i < surfaceTerms; i++) sum += coefficients[i]! * phi[offset + i]!;
  return sum;
}

/**
 * Solves a symmetric positive definite system by elimination, which then needs no exchange of rows.
 *
 * @param matrix n rows of n coefficients and a right side for each system @returns for each system, n values
 */
function solve(matrix: readonly Float64Array[]): Float64Array[] {
  const n = matrix.length;
  const width = matrix[0]!.length;
  for (const [i, pivot] of matrix.entries()) {
    for (const row of matrix.slice(i + 1)) {
      const factor = row[i]! / pivot[i]!;
      for (let j = i; j < width; j++) row[j]! -= factor * pivot[j]!;
    }
  }
  return Array.from({ length: width - n }, (_, system) => {
    const solution = new Float64Array(n);
    for (let i = n - 1; i >= 0; i--) {
      const row = matrix[i]!;
      let rest = row[n + system]!;
      for (let j = i + 1; j < n; j++) rest -= row[j]! * solution[j]!;
      solution[i] = rest / row[i]!;
    }
    return solution;
  });
}
