import jpeg from 'jpeg-js';

export interface JpegSegment {
  readonly marker: number;
  /** With marker and length; for a scan, with its coded samples. */
  readonly bytes: Buffer;
}

/** A baseline JPEG as jpeg-js encodes it: four bytes, red, green, blue and opacity, for each pixel. */
export function jpegFile(width: number, height: number, data: Uint8Array): Buffer {
  return Buffer.from(jpeg.encode({ width, height, data }, 90).data);
}

/** The segments of a well-formed file, without its first and last marker. */
export function jpegSegments(file: Buffer): JpegSegment[] {
  const segments: JpegSegment[] = [];
  let at = 2;
  while (file[at + 1] !== 0xd9) {
    const start = at;
    const marker = file[at + 1]!;
    at += 2 + file.readUInt16BE(at + 2);
    if (marker === 0xda) while (file[at] !== 0xff || file[at + 1] === 0) at += 1;
    segments.push({ marker, bytes: file.subarray(start, at) });
  }
  return segments;
}

export function jpegOf(segments: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from('ffd8', 'hex'), ...segments, Buffer.from('ffd9', 'hex')]);
}

/** Bits as bytes: the last byte is filled up with ones, as in a scan, and 0 follows each byte 0xff. */
function codedBytes(bits: string): Buffer {
  const filled = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const bytes = (filled.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  return Buffer.from(bytes.flatMap((byte) => (byte === 0xff ? [0xff, 0] : [byte])));
}

function segment(marker: number, content: readonly number[]): Buffer {
  const length = content.length + 2;
  return Buffer.from([0xff, marker, length >> 8, length & 255, ...content]);
}

/** A code with two words: 0 stands for the first value, 10 for the second. */
const huffmanTable = (name: number, values: readonly [number, number]): Buffer =>
  segment(0xc4, [name, 1, 1, ...Array.from({ length: 14 }, () => 0), ...values]);

export interface GreyJpeg {
  readonly width: number;
  readonly height: number;
  /** For each scan: the first and the last coefficient. */
  readonly scans: readonly (readonly [first: number, last: number])[];
}

/**
 * A progressive grey picture, all of 128. Its scans say of each block that it stays as it is: with one bit in those of
 * coefficient 0, with one bit for 32,767 blocks and 14 bits for that number in the others.
 */
export function progressiveJpeg({ width, height, scans }: GreyJpeg): Buffer {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const runs = Math.ceil(blocks / 32_767);
  return jpegOf([
    segment(0xdb, [0, ...Array.from({ length: 64 }, () => 1)]),
    segment(0xc2, [8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0]),
    huffmanTable(0x00, [0, 1]),
    huffmanTable(0x10, [0xe0, 0]),
    ...scans.flatMap(([first, last]) => [
      segment(0xda, [1, 1, 0, first, last, 0]),
      codedBytes(first === 0 ? '0'.repeat(blocks) : `0${'1'.repeat(14)}`.repeat(runs)),
    ]),
  ]);
}
