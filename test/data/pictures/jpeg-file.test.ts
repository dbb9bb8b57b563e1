import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ImageError } from '../../../src/data/pictures/image-error.ts';
import { decodeImage } from '../../../src/data/pictures/image-file.ts';
import { jpegFile, jpegOf, jpegSegments, progressiveJpeg } from '../../helpers/jpeg-file.ts';

/** 24×16, red on the left, green on the right. */
const [width, height] = [24, 16];
const pixels = Uint8Array.from({ length: width * height * 4 }, (_, i) => {
  const isLeft = (i >> 2) % width < 12;
  return [isLeft ? 200 : 40, isLeft ? 60 : 180, 50, 255][i % 4]!;
});
const file = jpegFile(width, height, pixels);
const segments = jpegSegments(file);
const plain = decodeImage(file, 'plain');

/** The segments with those of one kind replaced. */
function replaced(marker: number, change: (bytes: Buffer) => Buffer | readonly Buffer[]): Buffer {
  return jpegOf(
    segments.flatMap((segment) =>
      segment.marker === marker ? change(Buffer.from(segment.bytes)) : segment.bytes,
    ),
  );
}

/** The bytes with those from `at` on changed. */
function patched(bytes: Buffer, at: number, ...values: readonly number[]): Buffer {
  bytes.set(values, at);
  return bytes;
}

test('the colours survive', () => {
  for (const [x, expected] of [
    [3, [200, 60, 50]],
    [20, [40, 180, 50]],
  ] as const) {
    const at = (5 * width + x) * 4;
    for (const [i, value] of expected.entries()) {
      assert.ok(
        Math.abs(plain.data[at + i]! - value) < 12,
        `${x}: ${plain.data.subarray(at, at + 3).join()}`,
      );
    }
  }
});

test('what other programs add does not matter: comments, profiles, bytes between segments and behind the end', () => {
  const profile = Buffer.concat([Buffer.from('ffe20012', 'hex'), Buffer.from('ICC_PROFILE\0....')]);
  const other = jpegOf(
    segments.flatMap(({ bytes }) => [profile, Buffer.from('fffe000461620000ffff', 'hex'), bytes]),
  );
  assert.equal(decodeImage(Buffer.concat([other, Buffer.from('more')]), 'a'), plain);
});

test('a progressive picture in 12 scans; with restart intervals, the last one short', () => {
  const scans: [number, number][] = [[0, 0], ...Array.from({ length: 11 }, (): [number, number] => [1, 63])];
  const picture = decodeImage(progressiveJpeg({ width: 20, height: 9, scans }), 'a');
  assert.equal([picture.width, picture.height, new Set(picture.data)], [20, 9, new Set([128, 255])]);
  // a grey picture of three blocks, restarted after two: the second interval has one block
  const whole = progressiveJpeg({ width: 24, height: 8, scans: [] });
  const scan = Buffer.from('ffdd00040002 ffda0008010100000000 3f ffd0 7f'.replaceAll(' ', ''), 'hex');
  const restarted = Buffer.concat([whole.subarray(0, -2), scan, whole.subarray(-2)]);
  assert.equal(new Set(decodeImage(restarted, 'a').data), new Set([128, 255]));
});

const scan = segments.find(({ marker }) => marker === 0xda)!.bytes;
const frameOf = (...values: readonly number[]) => replaced(0xc0, (bytes) => patched(bytes, 4, ...values));

const refused: readonly (readonly [string, Buffer, RegExp])[] = [
  [
    '10,000 scans',
    progressiveJpeg({ width: 16, height: 16, scans: Array.from({ length: 10_000 }, () => [0, 0]) }),
    /a JPEG with too many scans for its size/,
  ],
  [
    '90 scans of 10 KB, of 5,000×4,900',
    progressiveJpeg({ width: 5000, height: 4900, scans: Array.from({ length: 90 }, () => [1, 63]) }),
    /a JPEG with too many scans for its size/,
  ],
  [
    'the same tables 1,000 times',
    replaced(0xc4, (bytes) => Array.from({ length: 1000 }, () => bytes)),
    /a JPEG with too many tables for its size/,
  ],
  [
    '5,000×4,900 pixels, with colours of full size',
    frameOf(8, 4900 >> 8, 4900 & 255, 5000 >> 8, 5000 & 255, 3, 1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1),
    /5000×4900 with 3 channels of full size is too large: scale it down$/,
  ],
  [
    '31 MB of samples',
    replaced(0xda, (bytes) => Buffer.concat([bytes, Buffer.alloc(31_000_000)])),
    /a JPEG with too many bytes for its size/,
  ],
  ['two frames', replaced(0xc0, (bytes) => [bytes, bytes]), /damaged JPEG: it has two frames$/],
  ['30,000×30,000', frameOf(8, 117, 48, 117, 48), /30000×30000 is too large; at most 25 million pixels/],
  ['a height of 0', frameOf(8, 0, 0, 0, 9), /a picture of 9×0 has no pixels$/],
  ['a width of 0', frameOf(8, 0, 9, 0, 0), /a picture of 0×9 has no pixels$/],
  ['12 bits', frameOf(12), /its samples have 12 bits; weft reads those of 8 bits$/],
  [
    'a strip one pixel wide, sampled 1 to 4',
    frameOf(8, 255, 255, 0, 1, 3, 1, 0x44, 0, 2, 0x11, 0, 3, 0x50),
    /the sampling of a component is not from 1 to 4$/,
  ],
  ['two components of one number', frameOf(8, 0, 9, 0, 9, 3, 1, 0x11, 0, 1), /have the same number$/],
  ['two components', frameOf(8, 0, 9, 0, 9, 2), /its frame has a wrong length$/],
  [
    'arithmetic coding',
    replaced(0xc0, (bytes) => patched(bytes, 1, 0xc9)),
    /a JPEG of a rare kind .*store it again/,
  ],
  ['no scan', jpegOf([]), /it has no pixels$/],
  ['a scan alone', jpegOf([scan]), /a scan comes before the frame$/],
  [
    'a scan of a fourth component',
    replaced(0xda, (bytes) => patched(bytes, 5, 9)),
    /a component that the frame does not/,
  ],
  [
    'a scan up to coefficient 200',
    replaced(0xda, (bytes) => patched(bytes, 12, 200)),
    /coefficients that a block does not/,
  ],
  ['a scan without tables', jpegOf([segments.find(({ marker }) => marker === 0xc0)!.bytes, scan]), /JPEG: /],
  ['a table that is cut off', replaced(0xc4, (bytes) => patched(bytes, 5, 255)), /a table is cut off$/],
  ['a segment of no length', replaced(0xc4, (bytes) => patched(bytes, 2, 0, 1)), /a segment has no length$/],
  ['no end', file.subarray(0, -2), /it ends too early$/],
];
for (const [what, bytes, message] of refused) {
  test(`refused in one line: a JPEG with ${what}`, () => {
    assert.throws(
      () => decodeImage(bytes, 'a.jpg'),
      (error: Error) =>
        error instanceof ImageError &&
        message.test(error.message) &&
        /^a\.jpg: [^\n]*$/.test(error.message) &&
        !/undefined|Cannot read/.test(error.message),
    );
  });
}

test.run();
