import { deflateSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ImageError } from '../../../src/data/pictures/image-error.ts';
import { decodeImage } from '../../../src/data/pictures/image-file.ts';
import { pngChunk, pngFile, pngHeader, pngSignature } from '../../helpers/png-file.ts';

/** The pass in which each pixel of an 8×8 square comes, as the figure in the specification of PNG shows it. */
const passOf = [
  [1, 6, 4, 6, 2, 6, 4, 6],
  [7, 7, 7, 7, 7, 7, 7, 7],
  [5, 6, 5, 6, 5, 6, 5, 6],
  [7, 7, 7, 7, 7, 7, 7, 7],
  [3, 6, 4, 6, 3, 6, 4, 6],
  [7, 7, 7, 7, 7, 7, 7, 7],
  [5, 6, 5, 6, 5, 6, 5, 6],
  [7, 7, 7, 7, 7, 7, 7, 7],
];

/** Rows of the passes of a grey picture, where pixel (x, y) is 16·y + x. */
function interlacedRows(width: number, height: number): Buffer {
  const rows: number[] = [];
  for (let pass = 1; pass <= 7; pass++) {
    for (let y = 0; y < height; y++) {
      const row = Array.from({ length: width }, (_, x) => x).filter((x) => passOf[y % 8]![x % 8] === pass);
      if (row.length > 0) rows.push(0, ...row.map((x) => 16 * y + x));
    }
  }
  return Buffer.from(rows);
}

test('interlaced: every size from 1×1 to 9×9, those without some of the passes, too', () => {
  for (let height = 1; height <= 9; height++) {
    for (let width = 1; width <= 9; width++) {
      const file = pngFile({ width, height, interlace: 1 }, interlacedRows(width, height));
      const { data } = decodeImage(file, 'picture');
      const grey = Array.from({ length: width * height }, (_, i) => data[4 * i]);
      const expected = Array.from(
        { length: width * height },
        (_, i) => 16 * Math.floor(i / width) + (i % width),
      );
      assert.equal(grey, expected, `${width}×${height}`);
    }
  }
});

const black = [0, 0, 0, 255];
const white = [255, 255, 255, 255];

test('1, 2, 4 and 16 bits: rows end with a whole byte', () => {
  const one = decodeImage(
    pngFile({ width: 9, height: 1, depth: 1 }, Buffer.from([0, 0b10101010, 0b10000000])),
    'a',
  );
  assert.equal([...one.data], [white, black, white, black, white, black, white, black, white].flat());
  const two = decodeImage(pngFile({ width: 2, height: 1, depth: 2 }, Buffer.from([0, 0b01100000])), 'a');
  assert.equal([two.data[0], two.data[4]], [85, 170]);
  const four = decodeImage(pngFile({ width: 1, height: 2, depth: 4 }, Buffer.from([0, 0x50, 0, 0xf0])), 'a');
  assert.equal([four.data[0], four.data[4]], [85, 255]);
  const sixteen = pngFile(
    { width: 1, height: 1, depth: 16, colourType: 2 },
    Buffer.from([0, 0, 0, 128, 128, 255, 255]),
  );
  assert.equal([...decodeImage(sixteen, 'a').data], [0, 128, 255, 255]);
});

test('palette with transparency; bytes behind the end and chunks of no importance do not matter', () => {
  const palette = pngChunk('PLTE', Buffer.from([1, 2, 3, 4, 5, 6]));
  const transparency = pngChunk('tRNS', Buffer.from([7]));
  const note = pngChunk('tEXt', Buffer.from('a note'));
  const file = pngFile(
    { width: 2, height: 1, colourType: 3 },
    Buffer.from([0, 1, 0]),
    note,
    palette,
    transparency,
  );
  const { data } = decodeImage(Buffer.concat([file, Buffer.from('more')]), 'a');
  assert.equal([...data], [4, 5, 6, 255, 1, 2, 3, 7]);
});

test('pixels in many chunks, the first of them empty, and bytes behind their end', () => {
  const deflated = deflateSync(Buffer.from([0, 9, 8, 7]));
  const chunks = [Buffer.alloc(0), ...Array.from(deflated, (byte) => Buffer.of(byte)), Buffer.from('more')];
  const file = Buffer.concat([
    pngSignature,
    pngHeader({ width: 3, height: 1 }),
    ...chunks.map((data) => pngChunk('IDAT', data)),
    pngChunk('IEND'),
  ]);
  const { data } = decodeImage(file, 'a');
  assert.equal([data[0], data[4], data[8]], [9, 8, 7]);
});

const twoRows = Buffer.from([0, 1, 2, 0, 3, 4]);
const small = { width: 2, height: 2 };
const good = pngFile(small, twoRows);

/** The good file with one byte changed. */
function changed(at: number, value: number): Buffer {
  const bytes = Buffer.from(good);
  bytes[at] = value;
  return bytes;
}

/** The good file's pixels as a stream that stops before its end. */
function cutPixels(interlace: number): Buffer {
  const deflated = deflateSync(Buffer.alloc(40));
  return Buffer.concat([
    pngSignature,
    pngHeader({ width: 5, height: 5, interlace }),
    pngChunk('IDAT', deflated.subarray(0, deflated.length - 6)),
    pngChunk('IEND'),
  ]);
}

const large = { width: 30_000, height: 30_000 };

const refused: readonly (readonly [string, Buffer, RegExp])[] = [
  [
    'two headers, the second of 30,000×30,000',
    pngFile(small, twoRows, pngHeader(large)),
    /damaged PNG: it has two chunks IHDR$/,
  ],
  [
    'pixels for half of its rows',
    pngFile({ width: 100, height: 100 }, Buffer.alloc(5050)),
    /its pixel data end early$/,
  ],
  [
    'pixels but for the last byte',
    pngFile({ width: 100, height: 100 }, Buffer.alloc(10_099)),
    /its pixel data end early$/,
  ],
  ['no pixels', pngFile(small, Buffer.alloc(0)), /its pixel data end early$/],
  ['a cut stream', cutPixels(0), /its pixel data end early$/],
  ['a cut stream, interlaced', cutPixels(1), /its pixel data end early$/],
  [
    'interlaced pixels, a row less',
    pngFile({ width: 5, height: 5, interlace: 1 }, interlacedRows(5, 5).subarray(0, -6)),
    /its pixel data end early$/,
  ],
  [
    'a bomb: 50 MB of zeros for an interlaced picture of 2×2',
    pngFile({ ...small, interlace: 1 }, Buffer.alloc(50_000_000)),
    /its pixel data do not end with its last row$/,
  ],
  ['one byte too many', pngFile(small, Buffer.alloc(7)), /its pixel data do not end with its last row$/],
  [
    'pixels that are not deflated',
    Buffer.concat([pngSignature, pngHeader(small), pngChunk('IDAT', twoRows), pngChunk('IEND')]),
    /its pixel data are damaged \(incorrect header check\)$/,
  ],
  ['a width of 0', pngFile({ width: 0, height: 5 }, Buffer.alloc(5)), /a picture of 0×5 has no pixels$/],
  ['a height of 0', pngFile({ width: 5, height: 0 }, Buffer.alloc(5)), /a picture of 5×0 has no pixels$/],
  [
    '30,000×30,000',
    pngFile(large, Buffer.alloc(9)),
    /a picture of 30000×30000 is too large; at most 25 million pixels are read/,
  ],
  [
    '4,200×4,200 in RGB with 16 bits',
    pngFile({ width: 4200, height: 4200, depth: 16, colourType: 2 }, Buffer.alloc(9)),
    /4200×4200 with 16 bits for each channel is too large; at most 16.6 million pixels/,
  ],
  ['a wrong checksum', changed(16, 1), /the checksum of its chunk IHDR is wrong$/],
  ['a chunk longer than the file', changed(33, 0x7f), /it ends too early$/],
  ['no end', good.subarray(0, good.length - 12), /it ends too early$/],
  ['half an end', good.subarray(0, good.length - 2), /it ends too early$/],
  [
    'no header',
    Buffer.concat([pngSignature, pngChunk('IEND')]),
    /it begins with IEND instead of its header$/,
  ],
  [
    'a short header',
    Buffer.concat([pngSignature, pngChunk('IHDR', Buffer.alloc(12)), pngChunk('IEND')]),
    /its header has 12 bytes instead of 13$/,
  ],
  [
    'RGB with 4 bits',
    pngFile({ ...small, depth: 4, colourType: 2 }, twoRows),
    /no colour type 2 with 4 bits for each channel$/,
  ],
  [
    'interlacing 2',
    pngFile({ ...small, interlace: 2 }, twoRows),
    /unknown compression, filter or interlacing$/,
  ],
  [
    'an unknown chunk that matters',
    pngFile(small, twoRows, pngChunk('WEFT')),
    /its chunk WEFT is of an unknown kind$/,
  ],
  [
    'a palette without an end',
    pngFile({ ...small, colourType: 3 }, twoRows, pngChunk('PLTE', Buffer.alloc(3000))),
    /its palette has 3000 bytes/,
  ],
  [
    'two palettes',
    pngFile(small, twoRows, ...Array.from({ length: 2 }, () => pngChunk('PLTE', Buffer.alloc(3)))),
    /it has two chunks PLTE$/,
  ],
  ['a palette picture without one', pngFile({ ...small, colourType: 3 }, twoRows), /it has no palette$/],
  [
    'transparency alone for a palette picture',
    pngFile({ ...small, colourType: 3 }, twoRows, pngChunk('tRNS', Buffer.alloc(1))),
    /it has no palette$/,
  ],
  ['an unknown filter', pngFile(small, Buffer.from([9, 1, 2, 0, 3, 4])), /filter type - 9$/],
];
for (const [what, bytes, message] of refused) {
  test(`refused in one line: a PNG with ${what}`, () => {
    assert.throws(
      () => decodeImage(bytes, 'a.png'),
      (error: Error) =>
        error instanceof ImageError && message.test(error.message) && /^a\.png: [^\n]*$/.test(error.message),
    );
  });
}

test.run();
