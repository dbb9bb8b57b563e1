/**
 * How `warpImages` changes one image: ten numbers.
 *
 * The pixel at column x and row y of the result is taken from the image at column xx·x + xy·y + x1 and row
 * yx·x + yy·y + y1: an affine map, from the result back to the image, so that every pixel gets a value. Between
 * pixels the value is interpolated, along the rows and then from row to row; outside of the image there are
 * zeros. Then the pixels with top ≤ y < bottom and left ≤ x < right become 0.
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
