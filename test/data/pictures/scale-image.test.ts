import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Pixels } from '../../../src/data/pictures/pixels.ts';
import { fitImage, scaleImage } from '../../../src/data/pictures/scale-image.ts';
import { RandomStream } from '../../../src/tensor/random.ts';
import { assertClose, assertSameBits } from '../../helpers/close.ts';

/** A grey image, row by row. */
function grey(...rows: number[][]): Pixels {
  return { width: rows[0]!.length, height: rows.length, channels: 1, data: Float32Array.from(rows.flat()) };
}

function noise(height: number, width: number, channels: number): Pixels<Uint8Array> {
  const random = new RandomStream(7, 'noise');
  const data = Uint8Array.from({ length: height * width * channels }, (_, i) => random.uniform(i) * 256);
  return { width, height, channels, data };
}

const tolerance = { rtol: 1e-6, atol: 1e-5 };

test('smaller: each pixel is the mean of what it covers, parts of pixels included', () => {
  // 3 → 2: the middle pixel belongs to both by half: (10 + 20/2) / 1.5 and (20/2 + 40) / 1.5
  assertClose(scaleImage(grey([10, 20, 40]), { width: 2, height: 1 }).data, [20 / 1.5, 50 / 1.5], tolerance);
  const twoByTwo = grey([0, 10, 20, 30], [40, 50, 60, 70]);
  assertClose(scaleImage(twoByTwo, { width: 2, height: 1 }).data, [25, 45], tolerance);
});

test('larger: on a line between the centres of pixels, and level beyond the outermost', () => {
  // the centres of four pixels lie at -0.25, 0.25, 0.75 and 1.25 of two
  assertClose(scaleImage(grey([0, 100]), { width: 4, height: 1 }).data, [0, 25, 75, 100], tolerance);
  assertClose(scaleImage(grey([0], [100]), { width: 1, height: 4 }).data, [0, 25, 75, 100], tolerance);
  const corners = scaleImage(grey([0, 100], [200, 300]), { width: 4, height: 4 }).data;
  assertClose(corners.subarray(4, 8), [50, 75, 125, 150], tolerance, 'a quarter of the way down');
});

test('one axis may shrink while the other grows', () => {
  assertClose(scaleImage(grey([0, 100, 50, 10]), { width: 2, height: 2 }).data, [50, 30, 50, 30], tolerance);
});

test('channels stay apart; the same size gives the same values', () => {
  const image = noise(5, 3, 3);
  const same = scaleImage(image, { width: 3, height: 5 });
  assertSameBits(same.data, image.data);
  const small = scaleImage(image, { width: 2, height: 7 });
  assert.equal([small.width, small.height, small.channels, small.data.length], [2, 7, 3, 42]);
  for (let c = 0; c < 3; c++) {
    const plane: Pixels = { ...image, channels: 1, data: image.data.filter((_, i) => i % 3 === c) };
    assertSameBits(
      small.data.filter((_, i) => i % 3 === c),
      scaleImage(plane, { width: 2, height: 7 }).data,
    );
  }
});

test('shrinking keeps the mean; a uniform image stays uniform, up and down', () => {
  const image = noise(13, 17, 1);
  const mean = (values: ArrayLike<number>): number =>
    Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
  assertClose([mean(scaleImage(image, { width: 5, height: 3 }).data)], [mean(image.data)], tolerance);
  const uniform = { ...image, data: image.data.map(() => 255) };
  for (const size of [
    { width: 5, height: 3 },
    { width: 40, height: 29 },
  ]) {
    assertClose(
      scaleImage(uniform, size).data,
      Array.from({ length: size.width * size.height }, () => 255),
      tolerance,
    );
  }
});

test('fitted: proportions kept, in the middle, the rest in the colour of the edge', () => {
  // 4 wide, 2 high into 2×3: half the size is one row, with one row above and one below
  const wide = fitImage(grey([10, 20, 30, 40], [30, 40, 50, 60]), { width: 2, height: 3 });
  assertClose(wide.data, [35, 35, 25, 45, 35, 35], tolerance);
  // an odd pixel goes to the right: 1 wide, 2 high into 4×2
  const tall = fitImage(grey([10], [30]), { width: 4, height: 2 });
  assertClose(tall.data, [20, 10, 20, 20, 20, 30, 20, 20], tolerance);
});

test('the edge is all around: its median without the inside, for each channel', () => {
  // the pixels of the edge: the squares of 1 to 4 and 6 to 9, two and three times as much in the other channels
  const data = Float32Array.from({ length: 3 * 3 * 3 }, (_, i) =>
    Math.floor(i / 3) === 4 ? 255 : (Math.floor(i / 3) + 1) ** 2 * ((i % 3) + 1),
  );
  const { data: fitted } = fitImage({ width: 3, height: 3, channels: 3, data }, { width: 5, height: 3 });
  const median = (16 + 36) / 2;
  assertClose(fitted.subarray(0, 3), [median, 2 * median, 3 * median], tolerance);
  assertClose(fitted.subarray(12, 15), [median, 2 * median, 3 * median], tolerance);
  assertClose(fitted.subarray(3, 12), data.subarray(0, 9), tolerance);
});

test('a strip too thin for the size keeps one row', () => {
  const strip = grey(Array.from({ length: 20 }, (_, x) => x));
  const { data } = fitImage(strip, { width: 2, height: 3 });
  assertClose(data, [9.5, 9.5, 4.5, 14.5, 9.5, 9.5], tolerance);
});

test.run();
