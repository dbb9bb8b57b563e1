import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findBackground } from '../../../src/data/pictures/background.ts';
import { findObject } from '../../../src/data/pictures/find-object.ts';
import { noiseLevel } from '../../../src/data/pictures/noise-level.ts';
import type { Pixels } from '../../../src/data/pictures/pixels.ts';
import { smoothImage } from '../../../src/data/pictures/smooth-image.ts';
import { RandomStream } from '../../../src/tensor/random.ts';

type Colour = readonly [red: number, green: number, blue: number];

function paint(
  width: number,
  height: number,
  colourAt: (x: number, y: number) => Colour,
): Pixels<Float32Array> {
  const data = new Float32Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set(colourAt(i % width, Math.floor(i / width)), i * 3);
  return { width, height, channels: 3, data };
}

function paintGrey(width: number, height: number, valueAt: (i: number) => number): Pixels<Float32Array> {
  return {
    width,
    height,
    channels: 1,
    data: Float32Array.from({ length: width * height }, (_, i) => valueAt(i)),
  };
}

/** Paper in uneven light: second order in x and y, another one in each colour. */
const paper = (x: number, y: number): Colour => [
  200 - 0.5 * x + 0.002 * x * y,
  190 - 0.4 * y - 0.003 * (x - 30) ** 2,
  180 + 0.3 * x - 0.002 * y ** 2,
];

test('the background behind a thing, which covers a part of the border, is that of the paper', () => {
  const isThing = (x: number, y: number): boolean => x >= 20 && x < 60 && y >= 25;
  const picture = paint(90, 70, (x, y) => (isThing(x, y) ? [40, 60 + (x % 7), 30] : paper(x, y)));
  const { image, distances, hiddenBorder } = findBackground(picture, 12.75);
  for (let y = 0; y < 70; y++) {
    for (let x = 0; x < 90; x++) {
      for (const [c, expected] of paper(x, y).entries()) {
        const seen = image.data[(y * 90 + x) * 3 + c]!;
        assert.ok(Math.abs(seen - expected) < 0.5, `${x}, ${y}, ${c}: ${seen}, expected ${expected}`);
      }
      const isFar = distances[y * 90 + x]! > 12.75;
      assert.is(isFar, isThing(x, y));
    }
  }
  // the border is 3 pixels wide: 90·70 − 84·64 pixels, of which the thing covers 40·3
  assert.is(hiddenBorder, 120 / 924);
});

for (const [width, height] of [
  [1, 1],
  [1, 9],
  [9, 1],
  [2, 2],
  [3, 2],
] as const) {
  test(`a picture of ${width}×${height} has a background`, () => {
    const { image } = findBackground(
      paint(width, height, () => [10, 200, 90]),
      12.75,
    );
    for (const [i, value] of image.data.entries()) {
      assert.ok(Math.abs(value - [10, 200, 90][i % 3]!) < 1e-3, `${value}`);
    }
  });
}

test('noise: its standard deviation, whatever the light; an edge does not count', () => {
  const random = new RandomStream(1, 'noise');
  const light = (i: number): number => 100 + 0.3 * (i % 200) + 0.2 * Math.floor(i / 200);
  for (const deviation of [0, 3, 20]) {
    const image = paintGrey(200, 150, (i) => light(i) + deviation * random.normal(i));
    // a tenth of the border is covered by something with edges
    for (let y = 0; y < 70; y += 2) image.data.fill(0, y * 200, y * 200 + 20);
    const found = noiseLevel(image);
    assert.ok(Math.abs(found - deviation) <= 0.12 * deviation + 1e-3, `${found}, expected ${deviation}`);
  }
  assert.is(noiseLevel(paintGrey(2, 9, (i) => 50 * i)), 0, 'too narrow for the filter');
});

test('smoothImage: the mean of the neighbours that exist, channel by channel', () => {
  const image = paint(3, 2, (x, y) => [3 * y + x, 100 * x, 7]);
  const { data } = smoothImage(image, 1);
  assert.equal([...data.subarray(0, 3)], [2, 50, 7], 'the corner: 0, 1, 3, 4');
  assert.equal([...data.subarray(3, 6)], [2.5, 100, 7]);
  assert.is(smoothImage(image, 0), image);
});

/** Distances of a small picture: a digit, for the distance, or a dot for 0. */
function distancesOf(rows: readonly string[]): Float32Array {
  return Float32Array.from(rows.join('').split(''), (digit) => (digit === '.' ? 0 : Number(digit)));
}

test('findObject: the box around all parts that lie beyond the tolerance', () => {
  const rows = ['........', '.3......', '..3..2..', '.....4..', '........'];
  const size = { width: 8, height: 5 };
  assert.equal(findObject(distancesOf(rows), size, 2)!.box, { top: 1, bottom: 4, left: 1, right: 6 });
  assert.equal(findObject(distancesOf(rows), size, 3)!.box, { top: 3, bottom: 4, left: 5, right: 6 });
  assert.is(findObject(distancesOf(rows), size, 4), null);
});

test('findObject: dust is left out', () => {
  const distances = new Float32Array(40 * 40);
  for (let y = 10; y < 30; y++) distances.fill(9, y * 40 + 15, y * 40 + 25);
  distances[3] = 9;
  const { box, mask } = findObject(distances, { width: 40, height: 40 }, 5)!;
  assert.equal(box, { top: 10, bottom: 30, left: 15, right: 25 });
  assert.is(
    mask.reduce((sum, value) => sum + value, 0),
    200,
  );
  // two pixels of 200 are 1 %
  distances[4] = 9;
  assert.is(findObject(distances, { width: 40, height: 40 }, 5)!.box.top, 0);
});

test.run();
