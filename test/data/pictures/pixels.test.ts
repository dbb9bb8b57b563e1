import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isGrey, pixelsOf } from '../../../src/data/pictures/pixels.ts';
import { assertClose } from '../../helpers/close.ts';

/** 3 wide, 1 high. */
function picture(...bytes: number[]): { width: number; height: number; data: Uint8Array } {
  return { width: 3, height: 1, data: Uint8Array.from(bytes) };
}

test('colours as they are, half opaque over white, transparent is white', () => {
  const { data } = pixelsOf(picture(10, 20, 30, 255, 0, 100, 255, 51, 1, 2, 3, 0), 3);
  // opacity 51/255 = 0.2: 204 + 0.2·byte
  assertClose(data, [10, 20, 30, 204, 224, 255, 255, 255, 255], { rtol: 1e-6, atol: 0 });
});

test('grey is the luma of red, green and blue; what is grey stays exactly', () => {
  const { data, channels } = pixelsOf(picture(100, 0, 0, 255, 0, 100, 200, 255, 77, 77, 77, 255), 1);
  assert.is(channels, 1);
  assertClose(data, [29.9, 58.7 + 22.8, 77], { rtol: 1e-6, atol: 0 });
  assert.is(data[2], 77);
});

test('a picture is grey if no pixel has a colour', () => {
  assert.ok(isGrey(picture(1, 1, 1, 0, 9, 9, 9, 255, 255, 255, 255, 3)));
  assert.not.ok(isGrey(picture(1, 1, 1, 0, 9, 9, 9, 255, 255, 255, 254, 3)));
  assert.not.ok(isGrey(picture(1, 1, 1, 0, 9, 8, 9, 255, 255, 255, 255, 3)));
});

test.run();
