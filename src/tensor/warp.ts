/**
 * How `warpImages` changes one image: ten numbers.
 *
 * The pixel at column x and row y of the result is taken from the image at column xx·x + xy·y + x1 and row
 * yx·x + yy·y + y1: an affine map, from the result back to the image, so that every pixel gets a value. Between
 * pixels the value is interpolated, along the rows and then from row to row. `Fill` says what is outside of the image.
 * Then the pixels with top ≤ y < bottom and left ≤ x < right become 0.
 *
 * Every step is rounded to float32, so that all engines give the same bits.
 */
export type Transform = [
  xx: number,
  xy: number,
  x1: number,
  yx: number,
  yy: number,
  y1: number,
  top: number,
  left: number,
  bottom: number,
  right: number,
];

export const transformSize = 10;

/**
 * What is outside of an image: zeros, or the image seen in a mirror at its border, d c b | a b c d | c b a. The pixels at the
 * border are not repeated: PyTorch's padding mode `reflect`. So it is from position −2·last to 2·last, where last is that of the
 * last pixel; all positions further away have pixel 0, as those two have.
 */
export type Fill = 'zeros' | 'reflect';
export const fills: readonly Fill[] = ['zeros', 'reflect'];
