import exifReader from 'exif-reader';
import type { Picture } from './pixels.ts';

/** EXIF 2.3, tag 0x0112: 1 is upright; also 1 if the tag is missing or cannot be read. */
export function orientationOf({ exifBuffer }: { readonly exifBuffer?: Uint8Array }): number {
  if (exifBuffer === undefined) return 1;
  try {
    // jpeg-js does not remove the second zero byte after "Exif"
    return exifReader(Buffer.from(exifBuffer.subarray(1))).Image?.Orientation ?? 1;
  } catch {
    return 1; // the picture itself is fine
  }
}

/**
 * Orientations 2 to 8 of EXIF: 5 to 8 exchange rows and columns; 2, 3, 7, 8 then mirror the stored columns, and 3, 4,
 * 6, 7 the stored rows.
 */
export function upright(stored: Picture, orientation: number): Picture {
  if (!(orientation >= 2 && orientation <= 8)) return stored;
  const transposed = orientation >= 5;
  const mirrorX = [2, 3, 7, 8].includes(orientation);
  const mirrorY = [3, 4, 6, 7].includes(orientation);
  const [width, height] = transposed ? [stored.height, stored.width] : [stored.width, stored.height];
  // a pixel is moved as one number
  const from = new Uint32Array(stored.data.buffer, stored.data.byteOffset, stored.width * stored.height);
  const to = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const storedX = transposed ? y : x;
      const storedY = transposed ? x : y;
      const fromX = mirrorX ? stored.width - 1 - storedX : storedX;
      const fromY = mirrorY ? stored.height - 1 - storedY : storedY;
      to[y * width + x] = from[fromY * stored.width + fromX]!;
    }
  }
  return { width, height, data: new Uint8Array(to.buffer) };
}
