import { type Pixels } from '../../data/pictures/pixels.ts';
import { scaleImage } from '../../data/pictures/scale-image.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { contactSheet } from './contact-sheet.ts';

/** Width and height of a tile in pixels: 5 · 28. */
const side = 140;
const bytesPerTile = side * side * 3;
/** Grey, around an image that is not square. */
const aroundByte = 128;

/** The steps of preparing a picture for a network, each as bytes [140, 140, 3]. */
export type StepTiles = readonly Uint8Array[];

/** Scales each image to fit a tile and centres it there. */
export function stepTiles(images: readonly Pixels[]): StepTiles {
  return images.map((image) => {
    const shown = fitted(image);
    const tile = new Uint8Array(bytesPerTile).fill(aroundByte);
    const left = Math.floor((side - shown.width) / 2);
    const top = Math.floor((side - shown.height) / 2);
    for (let y = 0; y < shown.height; y++) {
      for (let x = 0; x < shown.width; x++) {
        for (let c = 0; c < 3; c++) {
          const value = shown.data[(y * shown.width + x) * shown.channels + (c % shown.channels)]!;
          tile[((top + y) * side + left + x) * 3 + c] = Math.round(value);
        }
      }
    }
    return tile;
  });
}

/** Scales a large image down. Enlarges a small one by a whole factor, so that its pixels can be seen. */
function fitted(image: Pixels): Pixels {
  const scale = Math.min(side / image.width, side / image.height);
  if (scale < 1) {
    return scaleImage(image, {
      width: Math.max(1, Math.round(image.width * scale)),
      height: Math.max(1, Math.round(image.height * scale)),
    });
  }
  const factor = Math.floor(scale);
  const { channels } = image;
  const [width, height] = [image.width * factor, image.height * factor];
  const data = Float32Array.from({ length: width * height * channels }, (_, i) => {
    const [y, x] = [Math.floor(i / channels / width), Math.floor(i / channels) % width];
    return image.data[
      (Math.floor(y / factor) * image.width + Math.floor(x / factor)) * channels + (i % channels)
    ]!;
  });
  return { width, height, channels, data };
}

/**
 * A contact sheet with a row for each picture and a column for each step of its preparation. The last step is always in the
 * last column, also if a picture has fewer steps than others.
 *
 * @returns the bytes of a PNG file
 */
export function stepsSheet(rows: readonly StepTiles[]): Uint8Array {
  const columns = Math.max(...rows.map((tiles) => tiles.length));
  const values = new Float32Array(rows.length * columns * bytesPerTile).fill(aroundByte / 255);
  for (const [row, tiles] of rows.entries()) {
    for (const [step, tile] of tiles.entries()) {
      const column = step === tiles.length - 1 ? columns - 1 : step;
      values.set(
        Float32Array.from(tile, (byte) => byte / 255),
        (row * columns + column) * bytesPerTile,
      );
    }
  }
  const images = Tensor.from('float32', [rows.length * columns, side, side, 3], values, 'steps');
  return contactSheet(images, { columns, scale: 1 });
}
