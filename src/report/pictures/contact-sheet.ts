import { PNG } from 'pngjs';
import { formatShape, ShapeError } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';

export interface ContactSheetOptions {
  /** Number of images in a row. */
  readonly columns: number;
  /** Pixels of the sheet, in each direction, for a pixel of an image; 3 by default. */
  readonly scale?: number;
  /** Width of the lines around the images, in pixels; 4 by default. */
  readonly gap?: number;
}

/** Grey, between the black and the white of the images. */
const gapByte = 128;

/**
 * A contact sheet: one picture of many images, in rows, with grey lines between them.
 *
 * @param images [n, height, width, channels] of numbers from 0 (black) to 1; 1 channel is grey, 3 are RGB
 * @returns the bytes of a PNG file
 */
export function contactSheet(
  images: Tensor,
  { columns, scale = 3, gap = 4 }: ContactSheetOptions,
): Uint8Array {
  const [n, h, w, channels] = images.shape as [number, number, number, number];
  if (images.shape.length !== 4 || (channels !== 1 && channels !== 3)) {
    throw new ShapeError(
      `contactSheet: expected images [n, height, width, 1 or 3], got ${formatShape(images.shape)}`,
    );
  }
  const rows = Math.ceil(n / columns);
  const [tileHeight, tileWidth] = [h * scale + gap, w * scale + gap];
  const sheet = new PNG({ width: columns * tileWidth + gap, height: rows * tileHeight + gap });
  // red, green, blue and opacity of each pixel, row by row
  for (let y = 0; y < sheet.height; y++) {
    for (let x = 0; x < sheet.width; x++) {
      const [row, column] = [Math.floor(y / tileHeight), Math.floor(x / tileWidth)];
      const image = row * columns + column;
      const inImageY = Math.floor(((y % tileHeight) - gap) / scale);
      const inImageX = Math.floor(((x % tileWidth) - gap) / scale);
      const isGap = inImageY < 0 || inImageX < 0 || image >= n;
      const from = ((image * h + inImageY) * w + inImageX) * channels;
      for (let c = 0; c < 3; c++) {
        const value = images.values[from + (channels === 3 ? c : 0)]!;
        sheet.data[(y * sheet.width + x) * 4 + c] = isGap ? gapByte : toByte(value);
      }
      sheet.data[(y * sheet.width + x) * 4 + 3] = 255;
    }
  }
  return PNG.sync.write(sheet);
}

/** A number from 0 to 1 as a byte. Numbers outside this range become 0 or 255. */
function toByte(value: number): number {
  return Math.round(Math.min(Math.max(value, 0), 1) * 255);
}
