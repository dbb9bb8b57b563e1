import { borderPixels } from './border.ts';
import type { Pixels } from './pixels.ts';

/** The median of |x| for a normal variable of standard deviation 1. */
const normalMedian = 0.6745;

/**
 * The standard deviation of the noise of a grey image near its border, in brightness levels. The filter
 * [1 −2 1; −2 4 −2; 1 −2 1], the difference of two Laplacians, removes everything that is smooth. Noise of standard
 * deviation σ becomes 6σ: 6 is the square root of the filter's sum of squares. The median leaves out the edges of things.
 *
 * Immerkær, "Fast noise variance estimation", Computer Vision and Image Understanding 64 (1996); he takes the mean.
 */
export function noiseLevel(image: Pixels): number {
  const { width, height, data } = image;
  if (width < 3 || height < 3) return 0;
  const row = (at: number): number => data[at - 1]! - 2 * data[at]! + data[at + 1]!;
  const responses = Float64Array.from(borderPixels(image), (pixel) => {
    // the filter lies within the image
    const x = Math.min(Math.max(pixel % width, 1), width - 2);
    const y = Math.min(Math.max(Math.floor(pixel / width), 1), height - 2);
    const at = y * width + x;
    return Math.abs(row(at - width) - 2 * row(at) + row(at + width));
  });
  responses.sort();
  return responses[Math.floor(responses.length / 2)]! / (6 * normalMedian);
}
