import type { Operation } from '../operation.ts';

type Four = [number, number, number, number];

/**
 * Calls `visit` for every pair of an output pixel and a window tap that lies inside the image, with the
 * positions of the pixels in x, in y and of the tap in the filter, counted in pixels. The three passes of a
 * convolution differ only in what they do with these.
 */
function eachTap(
  [n, h, w]: readonly number[],
  [, oh, ow]: readonly number[],
  [kh, kw]: readonly number[],
  { strideY, strideX, padTop, padLeft }: Operation<'conv2d'>['constants'],
  visit: (xPixel: number, yPixel: number, tap: number) => void,
): void {
  for (let image = 0; image < n!; image++) {
    for (let oy = 0; oy < oh!; oy++) {
      for (let ox = 0; ox < ow!; ox++) {
        for (let ky = 0; ky < kh!; ky++) {
          const iy = oy * strideY + ky - padTop;
          if (iy < 0 || iy >= h!) continue;
          for (let kx = 0; kx < kw!; kx++) {
            const ix = ox * strideX + kx - padLeft;
            if (ix < 0 || ix >= w!) continue;
            visit((image * h! + iy) * w! + ix, (image * oh! + oy) * ow! + ox, ky * kw! + kx);
          }
        }
      }
    }
  }
}

/** y[pixel, o] = Σ over taps and c of x[pixel under the tap, c] · filter[tap, c, o]. */
export function conv2d({ inputs, outputs, constants }: Operation<'conv2d'>): void {
  const x = inputs.x.values;
  const filter = inputs.filter.values;
  const y = outputs.y.values;
  const [, , channels, units] = inputs.filter.shape as Four;
  y.fill(0);
  eachTap(inputs.x.shape, outputs.y.shape, inputs.filter.shape, constants, (xPixel, yPixel, tap) => {
    for (let c = 0; c < channels; c++) {
      const scale = x[xPixel * channels + c]!;
      const row = (tap * channels + c) * units;
      for (let o = 0; o < units; o++) y[yPixel * units + o]! += scale * filter[row + o]!;
    }
  });
}

/** dx[pixel under the tap, c] = Σ over taps and o of dy[pixel, o] · filter[tap, c, o]. */
export function conv2dBackwardInput({ inputs, outputs, constants }: Operation<'conv2dBackwardInput'>): void {
  const dy = inputs.dy.values;
  const filter = inputs.filter.values;
  const dx = outputs.dx.values;
  const [, , channels, units] = inputs.filter.shape as Four;
  dx.fill(0);
  eachTap(outputs.dx.shape, inputs.dy.shape, inputs.filter.shape, constants, (xPixel, yPixel, tap) => {
    for (let c = 0; c < channels; c++) {
      const row = (tap * channels + c) * units;
      let sum = 0;
      for (let o = 0; o < units; o++) sum += dy[yPixel * units + o]! * filter[row + o]!;
      dx[xPixel * channels + c]! += sum;
    }
  });
}

/** dFilter[tap, c, o] = Σ over pixels of x[pixel under the tap, c] · dy[pixel, o]. */
export function conv2dBackwardFilter({
  inputs,
  outputs,
  constants,
}: Operation<'conv2dBackwardFilter'>): void {
  const x = inputs.x.values;
  const dy = inputs.dy.values;
  const dFilter = outputs.dFilter.values;
  const [, , channels, units] = outputs.dFilter.shape as Four;
  dFilter.fill(0);
  eachTap(inputs.x.shape, inputs.dy.shape, outputs.dFilter.shape, constants, (xPixel, yPixel, tap) => {
    for (let c = 0; c < channels; c++) {
      const scale = x[xPixel * channels + c]!;
      const row = (tap * channels + c) * units;
      for (let o = 0; o < units; o++) dFilter[row + o]! += scale * dy[yPixel * units + o]!;
    }
  });
}
