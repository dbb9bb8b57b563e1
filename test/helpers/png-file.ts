import { crc32, deflateSync } from 'node:zlib';

/** A PNG in parts, so that tests can put them together as no encoder would. */
export const pngSignature: Buffer = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** Length, type, data and checksum. */
export function pngChunk(type: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, data.length + 8)), data.length + 8);
  return bytes;
}

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a channel. The default is 8. */
  readonly depth?: number;
  /** 0 grey (the default), 2 RGB, 3 palette, 4 grey with opacity, 6 RGB with opacity. */
  readonly colourType?: number;
  readonly interlace?: number;
}

export function pngHeader({ width, height, depth = 8, colourType = 0, interlace = 0 }: PngHeader): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([depth, colourType, 0, 0, interlace], 8);
  return pngChunk('IHDR', data);
}

/**
 * A whole file.
 *
 * @param rows the pixels before they are deflated, with the filter at the beginning of each row
 * @param before chunks between the header and the pixels
 */
export function pngFile(header: PngHeader, rows: Uint8Array, ...before: readonly Buffer[]): Buffer {
  const pixels = pngChunk('IDAT', deflateSync(rows));
  return Buffer.concat([pngSignature, pngHeader(header), ...before, pixels, pngChunk('IEND')]);
}
