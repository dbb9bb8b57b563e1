import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { contactSheet } from '../../../src/report/pictures/contact-sheet.ts';
import { type Shape, ShapeError } from '../../../src/tensor/shape.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';

function images(shape: Shape, ...values: number[]): Tensor {
  return Tensor.from('float32', shape, Float32Array.from(values), 'images');
}

/** The pixels of a PNG file, row by row, as hexadecimal digits of red, green and blue; opacity must be full. */
function decode(file: Uint8Array): string[][] {
  const { width, height, data } = PNG.sync.read(Buffer.from(file));
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const at = (y * width + x) * 4;
      assert.is(data[at + 3], 255);
      return data.subarray(at, at + 3).toString('hex');
    }),
  );
}

test('grey images side by side, enlarged, with lines around; the last row is filled up', () => {
  const file = contactSheet(images([3, 1, 2, 1], 0, 1, 0.2, 0.4, 0.6, 0.8), { columns: 2, scale: 2, gap: 1 });
  const line = '808080';
  const row = (...pixels: string[]): string[] => [line, ...pixels.flatMap((pixel) => pixel.split(' '))];
  const wide = (byte: string): string => `${byte.repeat(3)} ${byte.repeat(3)}`;
  const gap = Array.from({ length: 11 }, () => line);
  const first = row(wide('00'), wide('ff'), line, wide('33'), wide('66'), line);
  const second = row(wide('99'), wide('cc'), line, line, line, line, line, line);
  assert.equal(decode(file), [gap, first, first, gap, second, second, gap]);
});

test('colours; what lies outside of 0 to 1 is black or full', () => {
  const file = contactSheet(images([1, 2, 1, 3], 1, 0, 0.2, -3, 7, 0.4), { columns: 1, scale: 1, gap: 0 });
  assert.equal(decode(file), [['ff0033'], ['00ff66']]);
});

test('three times the size and four pixels between, if nothing is said', () => {
  const rows = decode(contactSheet(images([2, 1, 1, 1], 0, 1), { columns: 2 }));
  assert.equal([rows.length, rows[0]!.length], [3 + 8, 6 + 12]);
});

test('shapes that are no pictures are refused', () => {
  for (const shape of [
    [2, 1, 2],
    [1, 1, 2, 2],
  ]) {
    assert.throws(
      () => contactSheet(images(shape, 1, 2, 3, 4), { columns: 1 }),
      (error: Error) => error instanceof ShapeError && error.message.includes(`got [${shape.join(', ')}]`),
    );
  }
});

test.run();
