/** Finds the paper, the table or the wall behind a thing: what the picture would show if the thing were not there. */
import { borderPixels } from './border.ts';
import type { Pixels } from './pixels.ts';
import {
  drawSurface,
  fitSurface,
  surfaceAt,
  type SurfaceCoefficients,
  surfaceTerms,
  writeSurfaceTerms,
} from './polynomial-surface.ts';

export interface Background {
  /** [height, width, 3]: the colour of the background at each pixel, also where the thing hides it. */
  readonly image: Pixels<Float32Array>;
  /** [height, width]: how far each pixel is from it, the root mean square over red, green and blue. */
  readonly distances: Float32Array;
  /** The share of the border that does not look like the background, from 0 to 1. */
  readonly hiddenBorder: number;
}

/** More samples do not make the surface better. */
const mostSamples = 2000;
const borderFits = 15;
const laterFits = 6;
/** In brightness levels: distances below this count as equal, so that none has an infinite weight. */
const leastDistance = 0.5;

/**
 * The background as a smooth surface in each colour, by fits with weights that depend on the distances from the fit
 * before (iteratively reweighted least squares). The first fits are to the border, with weights 1/distance: they look for
 * the least sum of distances, which hardly follows outliers, so that the thing may cover a part of the border. The later
 * ones are to the whole picture, with Tukey's weights (1 − (distance/tolerance)²)², which are 0 beyond: they take in
 * what is background between and around the things.
 *
 * @param picture [height, width, 3]
 * @param tolerance pixels within this distance count as background, in brightness levels
 */
export function findBackground(picture: Pixels<Float32Array>, tolerance: number): Background {
  const border = borderPixels(picture);
  const edge = samplesOf(picture, thinned(border));
  let surface = fitSurface(edge.phi, edge.values, new Float64Array(edge.count).fill(1));
  for (let i = 0; i < borderFits; i++) {
    const weights = distancesFrom(surface, edge).map((distance) => 1 / Math.max(distance, leastDistance));
    surface = fitSurface(edge.phi, edge.values, weights);
  }
  const all = samplesOf(
    picture,
    thinned(Int32Array.from({ length: picture.width * picture.height }, (_, pixel) => pixel)),
  );
  for (let i = 0; i < laterFits; i++) {
    const weights = distancesFrom(surface, all).map(
      (distance) => Math.max(0, 1 - (distance / tolerance) ** 2) ** 2,
    );
    // there may be nothing that looks like the background found at the border
    if (weights.every((weight) => weight === 0)) break;
    surface = fitSurface(all.phi, all.values, weights);
  }
  const image = drawSurface(surface, picture);
  const distances = new Float32Array(picture.width * picture.height);
  for (let pixel = 0; pixel < distances.length; pixel++) {
    distances[pixel] = distance(picture.data, image.data, pixel);
  }
  const hidden = border.filter((pixel) => distances[pixel]! > tolerance).length;
  return { image, distances, hiddenBorder: hidden / border.length };
}

/** At most `mostSamples` of the pixels, at even distances. */
function thinned(pixels: Int32Array): Int32Array {
  const count = Math.min(pixels.length, mostSamples);
  return Int32Array.from({ length: count }, (_, i) => pixels[Math.floor((i * pixels.length) / count)]!);
}

interface Samples {
  readonly count: number;
  /** The terms of the surface at each sample. */
  readonly phi: Float64Array;
  /** Red, green and blue of each. */
  readonly values: Float32Array;
}

function samplesOf(picture: Pixels, pixels: Int32Array): Samples {
  const count = pixels.length;
  const phi = new Float64Array(count * surfaceTerms);
  const values = new Float32Array(count * 3);
  for (const [i, pixel] of pixels.entries()) {
    writeSurfaceTerms(phi, i * surfaceTerms, pixel, picture);
    values.set(picture.data.subarray(pixel * 3, pixel * 3 + 3), i * 3);
  }
  return { count, phi, values };
}

function distancesFrom(surface: SurfaceCoefficients, { count, phi, values }: Samples): Float64Array {
  const distances = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let squares = 0;
    for (const [c, coefficients] of surface.entries()) {
      squares += (surfaceAt(coefficients, phi, i * surfaceTerms) - values[i * 3 + c]!) ** 2;
    }
    distances[i] = Math.sqrt(squares / 3);
  }
  return distances;
}

/** √((Δred² + Δgreen² + Δblue²)/3) */
function distance(a: Float32Array, b: Float32Array, pixel: number): number {
  let squares = 0;
  for (let i = pixel * 3; i < pixel * 3 + 3; i++) squares += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(squares / 3);
}
