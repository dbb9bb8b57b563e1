import type { Operation } from '../operation.ts';
import { type Fill, type Transform, transformSize } from '../warp.ts';

const { abs, floor, fround, max } = Math;

/** Each image, seen through an affine map, with a rectangle erased; see warp.ts for the meaning of a transform. */
export function warpImages({ inputs, outputs, constants }: Operation<'warpImages'>): void {
  const inside = insideBy[constants.fill];
  const images = inputs.images.values;
  const result = outputs.y.values;
  const [n, h, w, channels] = inputs.images.shape as [number, number, number, number];
  for (let image = 0; image < n; image++) {
    const numbers = inputs.transforms.values.subarray(image * transformSize, (image + 1) * transformSize);
    const [xx, xy, x1, yx, yy, y1, top, left, bottom, right] = [...numbers] as Transform;
    const pixel = (y: number, x: number, c: number): number => {
      const [row, column] = [inside(y, h), inside(x, w)];
      return row === null || column === null ? 0 : images[((image * h + row) * w + column) * channels + c]!;
    };
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const sourceX = fround(fround(xx * x) + fround(fround(xy * y) + x1));
        const sourceY = fround(fround(yx * x) + fround(fround(yy * y) + y1));
        const [x0, y0] = [floor(sourceX), floor(sourceY)];
        const [alongX, alongY] = [fround(sourceX - x0), fround(sourceY - y0)];
        const erased = y >= top && y < bottom && x >= left && x < right;
        for (let c = 0; c < channels; c++) {
          const upper = interpolate(pixel(y0, x0, c), pixel(y0, x0 + 1, c), alongX);
          const lower = interpolate(pixel(y0 + 1, x0, c), pixel(y0 + 1, x0 + 1, c), alongX);
          const value = erased ? 0 : interpolate(upper, lower, alongY);
          result[((image * h + y) * w + x) * channels + c] = value;
        }
      }
    }
  }
}

/** The position from 0 to size − 1 that a position of any size stands for; null for none. */
const insideBy: Readonly<Record<Fill, (position: number, size: number) => number | null>> = {
  zeros: (position, size) => (position >= 0 && position < size ? position : null),
  // |i| is the mirror at 0, last − |last − i| that at the last position
  reflect: (position, size) => max(0, size - 1 - abs(size - 1 - abs(position))),
};

/** a at t = 0, b at t = 1. */
function interpolate(a: number, b: number, t: number): number {
  return fround(a + fround(t * fround(b - a)));
}
