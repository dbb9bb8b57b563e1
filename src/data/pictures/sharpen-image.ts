import type { Pixels } from './pixels.ts';

/** exp(−d²/2) at distances 0, 1 and √2: a Gaussian of standard deviation 1, limited to the 3×3 pixels around it. */
const [centre, side, corner] = [1, Math.exp(-0.5), Math.exp(-1)];
const total = centre + 4 * side + 4 * corner;

/**
 * A grey image with steeper edges: x plus what a Gaussian blur G removes from it, 2x − G(x), limited to 0 … 255. Beyond
 * the border, the outermost pixels are repeated.
 */
export function sharpenImage({ width, height, data }: Pixels): Pixels<Float32Array> {
  const at = (y: number, x: number): number =>
    data[Math.min(Math.max(y, 0), height - 1) * width + Math.min(Math.max(x, 0), width - 1)]!;
  const sharp = Float32Array.from({ length: width * height }, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    const sides = at(y - 1, x) + at(y + 1, x) + at(y, x - 1) + at(y, x + 1);
    const corners = at(y - 1, x - 1) + at(y - 1, x + 1) + at(y + 1, x - 1) + at(y + 1, x + 1);
    const blurred = (centre * at(y, x) + side * sides + corner * corners) / total;
    return Math.min(Math.max(2 * at(y, x) - blurred, 0), 255);
  });
  return { width, height, channels: 1, data: sharp };
}
