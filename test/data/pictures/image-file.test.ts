import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ImageError } from '../../../src/data/pictures/image-error.ts';
import { decodeImage } from '../../../src/data/pictures/image-file.ts';

/** 16 wide, 8 high: a red quarter at the top left, blue at the bottom right, the rest white. */
const [width, height] = [16, 8];
const pixels = Buffer.alloc(width * height * 4, 255);
for (let y = 0; y < height; y++) {
  for (let x = 0; x < width; x++) {
    const at = (y * width + x) * 4;
    if (x < 8 && y < 4) pixels.set([255, 0, 0, 255], at);
    if (x >= 8 && y >= 4) pixels.set([0, 0, 255, 255], at);
  }
}
const jpegBytes = jpeg.encode({ width, height, data: pixels }, 95).data;

/** A PNG of two pixels, 51 and 204, in one of the formats. */
function png(colorType: 0 | 2 | 4 | 6, bitDepth: 8 | 16): Buffer {
  const image = new PNG({ width: 2, height: 1 });
  image.data.set([51, 51, 51, 255, 204, 204, 204, 255]);
  return PNG.sync.write(image, { colorType, bitDepth });
}

for (const colorType of [0, 2, 4, 6] as const) {
  test(`PNG, colour type ${colorType}: bytes of red, green, blue and opacity`, () => {
    const { width: w, height: h, data } = decodeImage(png(colorType, 8), 'picture');
    assert.equal([w, h, ...data], [2, 1, 51, 51, 51, 255, 204, 204, 204, 255]);
  });
}

/** The JPEG with an EXIF segment (APP1, big-endian TIFF, one entry: tag 0x0112, a short) behind its first marker. */
function withOrientation(orientation: number): Buffer {
  const exif = `457869660000 4d4d002a00000008 0001 0112 0003 00000001 000${orientation}0000 00000000`;
  const content = Buffer.from(exif.replaceAll(' ', ''), 'hex');
  const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, content.length + 2]), content]);
  return Buffer.concat([jpegBytes.subarray(0, 2), segment, jpegBytes.subarray(2)]);
}

/** Where the red and the blue quarter are seen, in each of EXIF's orientations of the stored picture. */
const seen: readonly (readonly [number, red: string, blue: string])[] = [
  [1, 'top left', 'bottom right'],
  [2, 'top right', 'bottom left'],
  [3, 'bottom right', 'top left'],
  [4, 'bottom left', 'top right'],
  [5, 'top left', 'bottom right'],
  [6, 'top right', 'bottom left'],
  [7, 'bottom right', 'top left'],
  [8, 'bottom left', 'top right'],
];
for (const [orientation, red, blue] of seen) {
  test(`JPEG, EXIF orientation ${orientation}: red ${red}, blue ${blue}`, () => {
    const picture = decodeImage(withOrientation(orientation), 'picture');
    assert.equal(
      [picture.width, picture.height],
      orientation < 5 ? [width, height] : [height, width],
      'the long side lies for 1 to 4, stands for 5 to 8',
    );
    const quarters = new Map<string, string>();
    for (const [row, y] of [0.25, 0.75].entries()) {
      for (const [column, x] of [0.25, 0.75].entries()) {
        const at = (Math.floor(y * picture.height) * picture.width + Math.floor(x * picture.width)) * 4;
        const colour = [...picture.data.subarray(at, at + 3)].map((byte) => (byte > 128 ? 1 : 0)).join('');
        quarters.set(colour, `${['top', 'bottom'][row]} ${['left', 'right'][column]}`);
      }
    }
    assert.is(quarters.get('100'), red);
    assert.is(quarters.get('001'), blue);
  });
}

/** The JPEG with the size in its frame header (marker FFC0: length 2, precision 1, height 2, width 2) changed. */
function largeJpeg(): Buffer {
  const bytes = Buffer.from(jpegBytes);
  const frame = bytes.indexOf(Buffer.from('ffc0', 'hex'));
  bytes.writeUInt16BE(30_000, frame + 5);
  bytes.writeUInt16BE(30_000, frame + 7);
  return bytes;
}

const damaged: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['an empty file', new Uint8Array(), /^a\.png: the file is empty$/],
  ['a text', Buffer.from('Once upon'), /^a\.png: neither PNG nor JPEG: it begins with 4f 6e 63 65$/],
  ['a PNG of 12 bytes', png(0, 8).subarray(0, 12), /^a\.png: a damaged PNG: it ends too early$/],
  ['a truncated PNG', png(6, 8).subarray(0, 50), /^a\.png: a damaged PNG: it ends too early$/],
  ['a truncated JPEG', jpegBytes.subarray(0, jpegBytes.length - 20), /^a\.png: a damaged JPEG: /],
  ['a JPEG of 4 bytes', jpegBytes.subarray(0, 4), /^a\.png: a damaged JPEG: /],
  [
    'a JPEG of 30,000 squared',
    largeJpeg(),
    /^a\.png: a picture of 30000×30000 is too large; at most 25 million pixels are read: scale it down$/,
  ],
];
for (const [what, bytes, message] of damaged) {
  test(`${what} is refused in one line that names it`, () => {
    assert.throws(
      () => decodeImage(bytes, 'a.png'),
      (error: Error) =>
        error instanceof ImageError && message.test(error.message) && !error.message.includes('\n'),
    );
  });
}

const formats: readonly (readonly [string, string, string])[] = [
  ['GIF', 'GIF89a', ''],
  ['WebP', 'RIFF', '\x1a\0\0\0WEBPVP8 '],
  ['AVIF', '\0\0\0\x20ftyp', 'avif'],
  ['HEIC', '\0\0\0\x18ftyp', 'heic'],
  ['HEIC', '\0\0\0\x18ftyp', 'mif1'],
  ['TIFF', 'II*\0', '\x08\0'],
  ['TIFF', 'MM\0*', '\0\0'],
  ['BMP', 'BM', '\x46\0\0\0\0\0\0\0'],
  ['SVG', '<svg ', 'width="1">'],
  ['SVG', '<?xml version="1.0"?>\n', '<!-- a --><!DOCTYPE svg>\n<svg>'],
  ['JPEG XL', '\xff\n', '..'],
  ['PDF', '%PDF-', '1.4'],
];
for (const [format, start, rest] of formats) {
  test(`${format} is named, with what to do`, () => {
    assert.throws(
      () => decodeImage(Buffer.from(start + rest, 'latin1'), 'a.jpg'),
      new RegExp(
        `^a\\.jpg: ${format}, which weft does not read: it reads PNG and JPEG; convert it, for example`,
      ),
    );
  });
}

test('a text that looks like the beginning of an SVG many times is told apart at once', () => {
  const text = Buffer.from(`<?xml ${'<!---->'.repeat(200)}`);
  assert.throws(() => decodeImage(text, 'a'), /neither PNG nor JPEG/);
});

test('a file of more than 100 MB is refused', () => {
  assert.throws(() => decodeImage(Buffer.alloc(100_000_001, 1), 'a'), /^a: a file of more than 100 MB/);
});

test.run();
