import exifReader from 'exif-reader';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import type { Picture } from './pixels.ts';

/** A picture that cannot be read. The message names it. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}

/** More pixels than cameras have; beyond it the decoded picture alone takes a quarter of a gigabyte. */
const maxPixels = 64_000_000;

/**
 * Decodes a PNG or JPEG file of any kind: grey, palette, colour, alpha, 16 bits, interlaced, progressive. A JPEG is
 * turned upright, as its EXIF orientation says.
 *
 * @param source for messages: the file's path
 * @throws ImageError if the bytes are neither PNG nor JPEG, are damaged, or hold more than 64 million pixels
 */
export function decodeImage(bytes: Uint8Array, source: string): Picture {
  if (bytes.length === 0) throw new ImageError(`${source}: the file is empty`);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n') return decodePng(file, source);
  if (file.subarray(0, 3).toString('hex') === 'ffd8ff') return decodeJpeg(file, source);
  throw new ImageError(`${source}: neither PNG nor JPEG: it begins with ${hex(file.subarray(0, 4))}`);
}

/** PNG specification (W3C, third edition): the header chunk comes first, width and height lead it. */
function decodePng(file: Buffer, source: string): Picture {
  if (file.length < 24) throw new ImageError(`${source}: a damaged PNG: it ends after ${file.length} bytes`);
  checkSize(file.readUInt32BE(16), file.readUInt32BE(20), source);
  try {
    return PNG.sync.read(file);
  } catch (error) {
    const { message } = error as Error;
    // how pngjs says that more bytes should follow
    const reason = message.includes('read requests') ? 'it ends too early' : message;
    throw new ImageError(`${source}: a damaged PNG: ${reason}`, { cause: error });
  }
}

function decodeJpeg(file: Buffer, source: string): Picture {
  try {
    const { width, height, data, ...rest } = jpeg.decode(file, {
      useTArray: true,
      formatAsRGBA: true,
      tolerantDecoding: false,
      maxResolutionInMP: maxPixels / 1e6,
      maxMemoryUsageInMB: 1500,
    });
    return upright({ width, height, data }, orientationOf(rest as { exifBuffer?: Uint8Array }));
  } catch (error) {
    const { message } = error as Error;
    if (message.includes('maxResolutionInMP')) throw tooLarge('', source);
    throw new ImageError(`${source}: a damaged JPEG: ${message}`, { cause: error });
  }
}

function checkSize(width: number, height: number, source: string): void {
  if (width * height > maxPixels) throw tooLarge(`of ${width}×${height} `, source);
}

function tooLarge(size: string, source: string): ImageError {
  return new ImageError(
    `${source}: a picture ${size}is too large; at most ${maxPixels / 1e6} million pixels are read: scale it down`,
  );
}

/** EXIF 2.3, tag 0x0112: 1 is upright; also 1 if the tag is missing or cannot be read. */
function orientationOf({ exifBuffer }: { readonly exifBuffer?: Uint8Array }): number {
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
function upright(stored: Picture, orientation: number): Picture {
  if (!(orientation >= 2 && orientation <= 8)) return stored;
  const transposed = orientation >= 5;
  const mirrorX = [2, 3, 7, 8].includes(orientation);
  const mirrorY = [3, 4, 6, 7].includes(orientation);
  const [width, height] = transposed ? [stored.height, stored.width] : [stored.width, stored.height];
  const data = new Uint8Array(stored.data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [storedX, storedY] = transposed ? [y, x] : [x, y];
      const fromX = mirrorX ? stored.width - 1 - storedX : storedX;
      const fromY = mirrorY ? stored.height - 1 - storedY : storedY;
      const from = (fromY * stored.width + fromX) * 4;
      data.set(stored.data.subarray(from, from + 4), (y * width + x) * 4);
    }
  }
  return { width, height, data };
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
