import type { Picture } from './pixels.ts';

/** A part of an image: rows from `top` up to, but not including, `bottom`; columns likewise. */
export interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Colours nearer than this count as equal: 5 % of the distance between black and white. */
const closeness = 0.05;

/**
 * The part of a picture that remains without its plain edges. A row or column at an edge is cut off while all of its
 * pixels have a colour close to that of the first pixel of this edge in the whole picture. Opacity plays no part.
 *
 * @returns null if nothing remains: the picture has one colour, or a single colour on either side
 */
export function trimBox({ width, height, data }: Picture): Box | null {
  const bottomLeft = (height - 1) * width;
  const topRight = width - 1;
  const isRow = (y: number, corner: number): boolean => {
    for (let x = 0; x < width; x++) if (!isClose(data, y * width + x, corner)) return false;
    return true;
  };
  const isColumn = (x: number, corner: number): boolean => {
    for (let y = 0; y < height; y++) if (!isClose(data, y * width + x, corner)) return false;
    return true;
  };
  let [top, bottom, left, right] = [0, height, 0, width];
  while (top < bottom && isRow(top, 0)) top++;
  while (top < bottom && isRow(bottom - 1, bottomLeft)) bottom--;
  if (top === bottom) return null;
  while (left < right && isColumn(left, 0)) left++;
  while (left < right && isColumn(right - 1, topRight)) right--;
  return left === right ? null : { top, bottom, left, right };
}

/** Whether two pixels differ by at most 5 %: √((Δred² + Δgreen² + Δblue²)/3) ≤ 0.05·255. */
function isClose(data: Uint8Array, pixel: number, other: number): boolean {
  let squares = 0;
  for (let c = 0; c < 3; c++) squares += (data[pixel * 4 + c]! - data[other * 4 + c]!) ** 2;
  return squares <= 3 * (closeness * 255) ** 2;
}
