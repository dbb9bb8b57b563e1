import type { Operation } from '../../../tensor/operation.ts';
import { type Fill, transformSize } from '../../../tensor/warp.ts';
import type { Launch } from './kernel.ts';
import { launch } from './launch.ts';
import { position } from './indices.ts';

const pixelOf = (y: string, x: string): string =>
  `images[((image * this.constants.height + ${y}) * this.constants.width + ${x}) * this.constants.channels + channel]`;

const reflected = (place: string, size: string): string => {
  const last = `this.constants.${size} - 1`;
  return `Math.max(0, ${last} - Math.abs(${last} - Math.abs(${place})))`;
};

/** Declares `name`, the pixel at `y`, `x` of the thread's image and channel, or what is outside of the image. */
const pixelAt: Readonly<Record<Fill, (name: string, y: string, x: string) => string>> = {
  zeros: (name, y, x) => `
  let ${name} = 0;
  if (${y} >= 0 && ${y} < this.constants.height && ${x} >= 0 && ${x} < this.constants.width) {
    ${name} = ${pixelOf(y, x)};
  }`,
  reflect: (name, y, x) => `
  const ${name}Row = ${reflected(y, 'height')};
  const ${name}Column = ${reflected(x, 'width')};
  const ${name} = ${pixelOf(`${name}Row`, `${name}Column`)};`,
};

/**
 * The pixel of the result at `row`, `column`; warp.ts defines the numbers of a transform. `Math.fround` rounds where
 * numbers are wider than float32 (mode `cpu`). A device may still multiply and add with one rounding, which moves a
 * source pixel by as much as a rounding.
 */
const warp = (fill: Fill): string => `function (images, transforms) {
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
  ${pixelAt[fill]('topLeft', 'top', 'left')}
  ${pixelAt[fill]('topRight', 'top', 'right')}
  ${pixelAt[fill]('bottomLeft', 'bottom', 'left')}
  ${pixelAt[fill]('bottomRight', 'bottom', 'right')}
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

export function warpImages({ inputs, outputs, constants }: Operation<'warpImages'>): Launch[] {
  const { images, transforms } = inputs;
  const [, height, width, channels] = images.shape as [number, number, number, number];
  const sizes = { height, width, channels, transformSize };
  const { fill } = constants;
  const storages = [images.storage, transforms.storage];
  return [launch(`warpImages ${fill}`, warp(fill), sizes, storages, outputs.y.storage)];
}
