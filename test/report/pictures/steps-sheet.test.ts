import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stepsSheet, stepTiles } from '../../../src/report/pictures/steps-sheet.ts';

/** A small image of 3×2, whose pixels stay visible, and a large one of 280×70, which is scaled down. */
const small = { width: 3, height: 2, channels: 1, data: Uint8Array.of(0, 50, 100, 150, 200, 250) };
const wide = {
  width: 280,
  height: 70,
  channels: 3,
  data: Float32Array.from({ length: 280 * 70 * 3 }, (_, i) => [10, 20, 30][i % 3]!),
};

function pixel(tile: Uint8Array, x: number, y: number): number[] {
  return [...tile.subarray((y * 140 + x) * 3, (y * 140 + x) * 3 + 3)];
}

test('stepTiles: small images in squares of whole size, large ones scaled down, in the middle of grey', () => {
  const [first, second] = stepTiles([small, wide]);
  // 46 times as large: 138×92, from (1, 24)
  assert.equal(pixel(first!, 0, 70), [128, 128, 128]);
  assert.equal(pixel(first!, 1, 24), [0, 0, 0]);
  assert.equal(pixel(first!, 1 + 45, 24 + 45), [0, 0, 0]);
  assert.equal(pixel(first!, 1 + 46, 24 + 45), [50, 50, 50]);
  assert.equal(pixel(first!, 138, 115), [250, 250, 250]);
  assert.equal(pixel(first!, 138, 116), [128, 128, 128]);
  // 140×35, from (0, 52)
  assert.equal(pixel(second!, 0, 51), [128, 128, 128]);
  assert.equal(pixel(second!, 0, 52), [10, 20, 30]);
  assert.equal(pixel(second!, 139, 86), [10, 20, 30]);
  assert.equal(pixel(second!, 139, 87), [128, 128, 128]);
});

test('stepsSheet: the last step of a short row stands in the last column', () => {
  const bright = { width: 1, height: 1, channels: 1, data: Uint8Array.of(255) };
  const sheet = stepsSheet([stepTiles([small, small, bright]), stepTiles([small, bright])]);
  const { width, height, data } = PNG.sync.read(Buffer.from(sheet));
  assert.equal([width, height], [3 * 144 + 4, 2 * 144 + 4]);
  const middle = (row: number, column: number): number =>
    data[((row * 144 + 74) * width + column * 144 + 74) * 4]!;
  assert.equal([middle(0, 2), middle(1, 2)], [255, 255]);
  assert.is(middle(1, 1), 128, 'nothing');
});

test.run();
