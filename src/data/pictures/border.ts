/** The width of the border, as a share of the shorter side. */
const borderShare = 0.04;

/** The positions y·width + x of the pixels near an edge of a picture: of one row and column at each edge, at least. */
export function borderPixels({
  width,
  height,
}: {
  readonly width: number;
  readonly height: number;
}): Int32Array {
  const thickness = Math.max(1, Math.round(borderShare * Math.min(width, height)));
  const pixels: number[] = [];
  for (let y = 0; y < height; y++) {
    const isRow = y < thickness || y >= height - thickness;
    for (let x = 0; x < width; x++) {
      if (isRow || x < thickness || x >= width - thickness) pixels.push(y * width + x);
    }
  }
  return Int32Array.from(pixels);
}
