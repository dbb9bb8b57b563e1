import { decodingBudget } from './decoding-budget.ts';
import { ImageError } from './image-error.ts';
import { decodeJpeg } from './jpeg-file.ts';
import { formatOf } from './picture-format.ts';
import type { Picture } from './pixels.ts';
import { decodePng } from './png-file.ts';

/**
 * Decodes a PNG or JPEG file of any kind: grey, palette, colour, alpha, 16 bits, interlaced, progressive. A JPEG is
 * turned upright, as its EXIF orientation says. What a picture may cost is limited (`decodingBudget`): the largest ones
 * take up to about 5 s and 1 GB, whatever the bytes are.
 *
 * @param source for messages: the file's path
 * @throws ImageError if the bytes are neither PNG nor JPEG, are damaged, or hold more than 25 million pixels (16 million
 *   if they are RGB with 16 bits, 12 million with opacity)
 */
export function decodeImage(bytes: Uint8Array, source: string): Picture {
  if (bytes.length === 0) throw new ImageError(`${source}: the file is empty`);
  const { fileBytes } = decodingBudget;
  if (bytes.length > fileBytes) {
    throw new ImageError(`${source}: a file of more than ${fileBytes / 1e6} MB is too large for a picture`);
  }
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = formatOf(file);
  if (format === 'PNG') return decodePng(file, source);
  if (format === 'JPEG') return decodeJpeg(file, source);
  if (format === undefined) {
    throw new ImageError(`${source}: neither PNG nor JPEG: it begins with ${hex(file.subarray(0, 4))}`);
  }
  throw new ImageError(
    `${source}: ${format}, which weft does not read: it reads PNG and JPEG; ` +
      'convert it, for example by exporting it as PNG from a program that shows it',
  );
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
