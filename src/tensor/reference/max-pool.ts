import type { Operation } from '../operation.ts';

/**
 * y = the largest pixel of each window; argmax = its place in the window, all that backward needs. Of equal pixels the first
 * counts. docs/max-pooling.md has more.
 */
export function maxPool2d({ inputs, outputs, constants }: Operation<'maxPool2d'>): void {
  const { strideY, strideX, padTop, padLeft, height, width } = constants;
  const x = inputs.x.values;
  const y = outputs.y.values;
  const argmax = outputs.argmax.values;
  const [, h, w, channels] = inputs.x.shape as [number, number, number, number];
  const [n, oh, ow] = outputs.y.shape as [number, number, number, number];
  y.fill(-Infinity);
  argmax.fill(0);
  for (let pixel = 0; pixel < n * oh * ow; pixel++) {
    const [image, oy, ox] = [Math.floor(pixel / (oh * ow)), Math.floor(pixel / ow) % oh, pixel % ow];
    for (let tap = 0; tap < height * width; tap++) {
      const iy = oy * strideY + Math.floor(tap / width) - padTop;
      const ix = ox * strideX + (tap % width) - padLeft;
      if (iy < 0 || iy >= h || ix < 0 || ix >= w) continue;
      const from = ((image * h + iy) * w + ix) * channels;
      for (let c = 0; c < channels; c++) {
        if (x[from + c]! <= y[pixel * channels + c]!) continue;
        y[pixel * channels + c] = x[from + c]!;
        argmax[pixel * channels + c] = tap;
      }
    }
  }
}

/** dx: each dy is added to the largest pixel of its window. */
export function maxPool2dBackward({ inputs, outputs, constants }: Operation<'maxPool2dBackward'>): void {
  const { strideY, strideX, padTop, padLeft, width } = constants;
  const dy = inputs.dy.values;
  const argmax = inputs.argmax.values;
  const dx = outputs.dx.values;
  const [, h, w, channels] = outputs.dx.shape as [number, number, number, number];
  const [, oh, ow] = inputs.dy.shape as [number, number, number, number];
  dx.fill(0);
  for (let i = 0; i < dy.length; i++) {
    const [c, pixel] = [i % channels, Math.floor(i / channels)];
    const [image, oy, ox] = [Math.floor(pixel / (oh * ow)), Math.floor(pixel / ow) % oh, pixel % ow];
    const iy = oy * strideY + Math.floor(argmax[i]! / width) - padTop;
    const ix = ox * strideX + (argmax[i]! % width) - padLeft;
    dx[((image * h + iy) * w + ix) * channels + c]! += dy[i]!;
  }
}
