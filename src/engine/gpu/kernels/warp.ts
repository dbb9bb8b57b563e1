import type { Operation } from '../../../tensor/operation.ts';
import { transformSize } from '../../../tensor/warp.ts';
import type { Launch } from './kernel.ts';
import { launch } from './launch.ts';
import { position } from './indices.ts';

/** Declares `name`, the pixel at `y`, `x` of the thread's image and channel; 0 outside of the image. */
function pixelAt(name: string, y: string, x: string): string {
  return `
  let ${name} = 0;
  if (${y} >= 0 && ${y} < this.constants.height && ${x} >= 0 && ${x} < this.constants.width) {
    ${name} = images[((image * this.constants.height + ${y}) * this.constants.width + ${x}) * this.constants.channels + channel];
  }`;
}

/**
 * The pixel of the result at `row`, `column`; warp.ts defines the numbers of a transform. `Math.fround` rounds where
 * numbers are wider than float32 (mode `cpu`). A device may still multiply and add with one rounding, which moves a
 * source pixel by as much as a rounding.
 */
const warp = `function (images, transforms) {
  ${position('height', 'width', 'channels')}
  const t = image * this.constants.transformSize;
  const alongRow = Math.fround(transforms[t] * column);
  const sourceX = Math.fround(alongRow + Math.fround(Math.fround(transforms[t + 1] * row) + transforms[t + 2]));
  const downColumn = Math.fround(transforms[t + 3] * column);
  const sourceY = Math.fround(downColumn + Math.fround(Math.fround(transforms[t + 4] * row) + transforms[t + 5]));
  const left = Math.floor(sourceX);
  const top = Math.floor(sourceY);
  const right = left + 1;
  const bottom = top + 1;
  ${pixelAt('topLeft', 'top', 'left')}
  ${pixelAt('topRight', 'top', 'right')}
  ${pixelAt('bottomLeft', 'bottom', 'left')}
  ${pixelAt('bottomRight', 'bottom', 'right')}
  const alongX = Math.fround(sourceX - left);
  const alongY = Math.fround(sourceY - top);
  const upper = Math.fround(topLeft + Math.fround(alongX * Math.fround(topRight - topLeft)));
  const lower = Math.fround(bottomLeft + Math.fround(alongX * Math.fround(bottomRight - bottomLeft)));
  let value = Math.fround(upper + Math.fround(alongY * Math.fround(lower - upper)));
  if (
    row >= transforms[t + 6] &&
    column >= transforms[t + 7] &&
    row < transforms[t + 8] &&
    column < transforms[t + 9]
  ) {
    value = 0;
  }
  return value;
}`;

export function warpImages({ inputs, outputs }: Operation<'warpImages'>): Launch[] {
  const { images, transforms } = inputs;
  const [, height, width, channels] = images.shape as [number, number, number, number];
  const sizes = { height, width, channels, transformSize };
  return [launch('warpImages', warp, sizes, [images.storage, transforms.storage], outputs.y.storage)];
}
