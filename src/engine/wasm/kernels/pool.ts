import type { PoolConstants } from '../../../tensor/operation.ts';
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { emitAdvanceBy, emitZeros } from './emit.ts';
import { floatBytes } from './sizes.ts';

/** Sizes of images [h, w, channels] and of the pooled images [oh, ow, channels]. */
export interface PoolSizes extends PoolConstants {
  readonly h: number;
  readonly w: number;
  readonly channels: number;
  readonly oh: number;
  readonly ow: number;
}

/** For the names of kernels. */
export function describePool(sizes: PoolSizes): string {
  const { h, w, channels, height, width, strideY, strideX, padTop, padLeft, oh, ow } = sizes;
  const window = `${height}x${width}_stride_${strideY}_${strideX}_pad_${padTop}_${padLeft}`;
  return `${h}x${w}x${channels}_by_${window}_to_${oh}x${ow}`;
}

/** Whether a pixel may lie under two windows. */
export function windowsOverlap({ height, width, strideY, strideX }: PoolSizes): boolean {
  return strideY < height || strideX < width;
}

/** Whether every pixel lies under a window, given that windows do not overlap. */
export function windowsCover(sizes: PoolSizes): boolean {
  const { h, w, oh, ow, height, width, strideY, strideX, padTop, padLeft } = sizes;
  const gaps = strideY > height || strideX > width;
  return !gaps && oh * strideY - padTop >= h && ow * strideX - padLeft >= w;
}

/** Whether every window lies inside the image. */
export function windowsInside(sizes: PoolSizes): boolean {
  const { h, w, oh, ow, height, width, strideY, strideX, padTop, padLeft } = sizes;
  const fits = (oh - 1) * strideY + height <= h && (ow - 1) * strideX + width <= w;
  return fits && padTop === 0 && padLeft === 0;
}

/** Whether the windows lie side by side, and all inside the image. */
export function isTiled(sizes: PoolSizes): boolean {
  return windowsInside(sizes) && windowsCover(sizes) && !windowsOverlap(sizes);
}

/** Places of a window that kernels of convolutions can hold: with a panel for each, the sums fit in the registers. */
const mostPlaces = 4;

/** Whether a convolution, or the gradient of its filter, can go over the windows of a pool, all places of one together. */
export function fitsInRegisters(pool: PoolSizes): boolean {
  return isTiled(pool) && pool.height * pool.width <= mostPlaces;
}

/** The largest number so far in each lane, and its place in the window; whether the last one was larger. */
export interface Largest {
  readonly best: Local;
  readonly place: Local;
  readonly larger: Local;
}

/** Before the first number of a window. */
export function emitNoneYet(code: FunctionBuilder, { best, place }: Largest): void {
  code.f32x4(-Infinity).set(best).i32x4(0, 0, 0, 0).set(place);
}

/** Takes a number of the window into account. Of equal ones the first stays; NaN is never larger. */
export function emitLarger(
  code: FunctionBuilder,
  value: Local,
  at: number,
  { best, place, larger }: Largest,
): void {
  code.get(value).get(best).op('f32x4.gt').set(larger);
  code.get(value).get(best).get(larger).op('v128.bitselect').set(best);
  code.i32x4(at, at, at, at).get(place).get(larger).op('v128.bitselect').set(place);
}

/** Stores zeros in the images from `begin` to `end`. */
export function emitZeroImages(
  code: FunctionBuilder,
  { h, w, channels }: PoolSizes,
  images: Local,
  begin: Local,
  end: Local,
): void {
  const [zero, zeroEnd] = [code.local('i32', 'zero'), code.local('i32', 'zero_end')];
  const imageBytes = h * w * channels * floatBytes;
  code.get(images).set(zero).get(images).set(zeroEnd);
  emitAdvanceBy(code, zero, begin, imageBytes);
  emitAdvanceBy(code, zeroEnd, end, imageBytes);
  emitZeros(code, zero, zeroEnd);
}
