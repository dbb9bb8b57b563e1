import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fashionMnist } from '../../../src/data/idx/fashion-mnist.ts';
import { decodeImage } from '../../../src/data/pictures/image-file.ts';
import type { Picture } from '../../../src/data/pictures/pixels.ts';
import { prepareImage } from '../../../src/data/pictures/prepare-image.ts';
import { sharpenImage } from '../../../src/data/pictures/sharpen-image.ts';
import { dense, fit, flatten, predict, relu, sequential, Tensor } from '../../../src/index.ts';

type Colour = readonly [red: number, green: number, blue: number, opacity?: number];
const white: Colour = [255, 255, 255];
const black: Colour = [0, 0, 0];

function paint(width: number, height: number, colourAt: (x: number, y: number) => Colour): Picture {
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const [red, green, blue, opacity = 255] = colourAt(i % width, Math.floor(i / width));
    data.set([red, green, blue, opacity], i * 4);
  }
  return { width, height, data };
}

/** A block 10 wide and 20 high on another colour: columns 8 to 17, rows 3 to 22 of a picture of 40×30. */
function block(foreground: Colour, background: Colour): Picture {
  return paint(40, 30, (x, y) => (x >= 8 && x < 18 && y >= 3 && y < 23 ? foreground : background));
}

/** The same, as a network for 28×28 sees it: 14 wide, 28 high, in the middle. */
const blockSeen = Uint8Array.from({ length: 28 * 28 }, (_, i) => (i % 28 >= 7 && i % 28 < 21 ? 255 : 0));
const network = { inputShape: [28, 28, 1] };

test('what differs from the background by more than 5 % of 255, in the mean over the colours, is the thing', () => {
  const isFound = (foreground: Colour): boolean =>
    prepareImage(block(foreground, white), network).done.some((step) => step === 'trimmed to 10×20');
  assert.not.ok(isFound([243, 243, 243]), '12 is less than 12.75');
  assert.ok(isFound([242, 242, 242]));
  // √(22²/3) is 12.70, √(23²/3) is 13.28
  assert.not.ok(isFound([255, 255, 233]));
  assert.ok(isFound([255, 255, 232]));
});

test('sharpenImage: hand-worked on one bright pixel', () => {
  const data = Float32Array.from({ length: 5 * 4 }, (_, i) => (i === 1 * 5 + 2 ? 150 : 50));
  const sharp = sharpenImage({ width: 5, height: 4, channels: 1, data }).data;
  // the blur takes 1, e^-0.5 and e^-1 in 4.897640 parts of the 100 that it stands out by
  const expected = [
    [50 - 7.5113, 50 - 12.3841, 50 - 7.5113],
    [50 - 12.3841, 150 + 79.582, 50 - 12.3841],
    [50 - 7.5113, 50 - 12.3841, 50 - 7.5113],
  ];
  for (const [y, row] of expected.entries()) {
    for (const [x, value] of row.entries()) {
      assert.ok(Math.abs(sharp[y * 5 + x + 1]! - value) < 1e-3, `${y}, ${x}: ${sharp[y * 5 + x + 1]}`);
    }
  }
  assert.is(sharp[0], 50);
  assert.is(sharp[19], 50, 'the border goes on beyond itself');
  const most = sharpenImage({ width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 255) }).data;
  assert.equal([...most], [0, 255], 'within 0 and 255');
});

test('a dark thing on white is trimmed, inverted, enlarged and centred', () => {
  const { image, done, doubts } = prepareImage(block(black, white), network);
  assert.equal([image.width, image.height, image.channels], [28, 28, 1]);
  assert.equal(image.data, blockSeen);
  assert.equal(done, [
    'darker than its background (100 % of white): inverted',
    'trimmed to 10×20',
    'scaled to 14×28',
  ]);
  assert.equal(doubts, []);
});

test('what is transparent is white', () => {
  const { image, done } = prepareImage(block([0, 0, 0, 255], [0, 0, 0, 0]), network);
  assert.equal(image.data, blockSeen);
  assert.is(done[0], 'transparent parts made white');
  const half = prepareImage(block([0, 0, 0, 128], [0, 0, 0, 0]), network);
  assert.is(half.image.data[14 * 28 + 14], 128);
});

test('a light thing on black stays as light as it is; --invert says otherwise', () => {
  const picture = block(white, black);
  assert.equal(prepareImage(picture, network).image.data, blockSeen);
  const inverted = prepareImage(picture, { ...network, invert: 'yes' });
  assert.is(inverted.image.data[14 * 28 + 14], 0);
  assert.is(inverted.done[0], 'lighter than its background (0 % of white): inverted, as asked for');
  const dark = prepareImage(block([60, 60, 60], white), { ...network, invert: 'no' });
  assert.is(dark.image.data[14 * 28 + 14], 60);
});

test('colours become luma, 0.299, 0.587 and 0.114 of red, green and blue', () => {
  const { image } = prepareImage(block([200, 100, 50], white), network);
  assert.is(image.data[14 * 28 + 14], Math.round(255 - (0.299 * 200 + 0.587 * 100 + 0.114 * 50)));
});

test('a network for images that are not square', () => {
  const { image } = prepareImage(block(black, white), { inputShape: [10, 21, 1] });
  assert.equal([image.width, image.height], [21, 10]);
  // 10×20 becomes 5×10, behind 8 black columns, before 8
  const expected = Uint8Array.from({ length: 210 }, (_, i) => (i % 21 >= 8 && i % 21 < 13 ? 255 : 0));
  assert.equal(image.data, expected);
});

test('a network for colours gets the picture fitted into its size, and nothing else', () => {
  const picture = paint(8, 4, (x, y) => [x * 10, y * 20, 7]);
  const { image, done } = prepareImage(picture, { inputShape: [4, 8, 3] });
  assert.equal(
    [...image.data],
    [...picture.data].filter((_, i) => i % 4 !== 3),
  );
  assert.equal(done, ['fitted into 8×4']);
});

test('so does a network that learned from a folder of grey pictures', () => {
  const light = paint(6, 6, (x) => [250 - x, 250 - x, 250 - x]);
  const { image } = prepareImage(light, { inputShape: [6, 6, 1], asInFolder: true });
  assert.equal(image.data.subarray(0, 6), Uint8Array.of(250, 249, 248, 247, 246, 245));
  const asked = prepareImage(light, { inputShape: [6, 6, 1], asInFolder: true, invert: 'yes' });
  assert.is(asked.image.data[2], 7);
});

test('steps: from the picture to what the network sees', () => {
  const { steps, image } = prepareImage(block([200, 0, 0], white), network);
  assert.equal(
    steps().map(({ name, image: { width, height, channels } }) => [name, width, height, channels]),
    [
      ['picture', 40, 30, 3],
      ['grey', 40, 30, 1],
      ['background', 40, 30, 1],
      ['evened', 40, 30, 1],
      ['trimmed', 10, 20, 1],
      ['inverted', 10, 20, 1],
      ['network', 28, 28, 1],
    ],
  );
  assert.is(steps().at(-1)!.image, image);
});

const doubtsOf = (picture: Picture): readonly string[] => prepareImage(picture, network).doubts;

test('doubts: nothing to see, little to see, too few pixels', () => {
  const lines = paint(30, 20, (x) => (x % 2 ? [250, 250, 250] : white));
  assert.match(doubtsOf(lines).at(-1)!, /^nearly blank: its pixels differ by at most \d+ of 255$/);
  const line = paint(30, 30, (x) => (x === 15 ? [225, 225, 225] : white));
  assert.equal(doubtsOf(line), ['little of the thing is left: it is visible in 4 % of the image']);
  const small = paint(300, 300, (x, y) => (x > 90 && x < 101 && y > 90 && y < 104 ? black : white));
  assert.equal(doubtsOf(small), ['the thing is small: 10×13 pixels']);
});

test('doubts: a background that is not plain, or not even', () => {
  const halves = paint(30, 30, (x) => (x < 15 ? black : white));
  assert.match(doubtsOf(halves)[0]!, /^its background is not plain: \d\d % of the border differs from it$/);
  const ramp = (share: number): Picture =>
    paint(100, 100, (x, y) => {
      const light = 255 * (1 - (share * x) / 99);
      const reflected = x > 30 && x < 70 && y > 20 && y < 80 ? 0.3 : 1;
      return [light * reflected, light * reflected, light * reflected];
    });
  assert.equal(doubtsOf(ramp(0.35)), []);
  assert.match(
    doubtsOf(ramp(0.45))[0]!,
    /^its background is not even: its darkest part has 55 % of the light of its lightest$/,
  );
});

test('a large picture is made smaller first', () => {
  const picture = paint(1000, 500, (x, y) => (x > 300 && x < 700 && y > 100 && y < 300 ? black : white));
  const { done, steps } = prepareImage(picture, network);
  assert.is(done[0], 'reduced to 480×240');
  assert.equal(
    steps()
      .slice(0, 2)
      .map(({ image: { width } }) => width),
    [1000, 480],
  );
});

test('a thing lighter than grey paper stays lighter: the share of the way from paper to white', () => {
  const { image, done } = prepareImage(block([200, 200, 200], [145, 145, 145]), network);
  assert.is(done[0], 'lighter than its background (57 % of white): not inverted');
  assert.is(image.data[14 * 28 + 14], 128, '(200 − 145)/(255 − 145) is a half');
});

test('a network that takes no pictures is refused', () => {
  assert.throws(
    () => prepareImage(block(black, white), { inputShape: [4, 4, 2] }),
    /prepareImage: the network takes \[4, 4, 2\]; pictures are \[height, width, 1 or 3\]/,
  );
});

const { train, test: testExamples } = fashionMnist();
const pixels = testExamples.x.values;

/** The image `scale` times as large, in the midst of `margin` white pixels; dark becomes light if `inverted`. */
function enlarged(image: number, scale: number, margin: number, inverted: boolean): Picture {
  const side = 28 * scale + 2 * margin;
  const data = new Uint8Array(side * side * 4).fill(255);
  for (let y = 0; y < 28 * scale; y++) {
    for (let x = 0; x < 28 * scale; x++) {
      const value = pixels[image * 784 + Math.floor(y / scale) * 28 + Math.floor(x / scale)]!;
      const at = ((y + margin) * side + x + margin) * 4;
      data.fill(inverted ? 255 - value : value, at, at + 3);
    }
  }
  return { width: side, height: side, data };
}

test('an image of the data set is taken as it is', () => {
  for (let i = 0; i < 300; i++) {
    const { image, done } = prepareImage(enlarged(i, 1, 0, false), network);
    assert.equal(done, ['taken as it is']);
    assert.ok(image.data.every((value, at) => value === pixels[i * 784 + at]));
  }
});

const encoders: readonly (readonly [string, (picture: Picture) => Uint8Array])[] = [
  [
    'PNG',
    ({ width, height, data }) => {
      const png = new PNG({ width, height });
      png.data = Buffer.from(data);
      return PNG.sync.write(png);
    },
  ],
  ['JPEG', ({ width, height, data }) => jpeg.encode({ width, height, data: Buffer.from(data) }, 90).data],
];

test('photos of test images, PNG or JPEG, are classified as the images are: nine of ten at least', async () => {
  const model = sequential([flatten(), dense(128), relu(), dense(10)], { inputShape: [28, 28, 1], seed: 1 });
  await fit(model, train, { epochs: 1, validationSplit: 0 });
  const count = 150;
  const shape = [count, 28, 28, 1];
  const originals = Tensor.from('uint8', shape, pixels.slice(0, count * 784), 'images');
  const { predicted } = await predict(model, originals);
  const seen = new Uint8Array(count * 784);
  for (let i = 0; i < count; i++) {
    const [, encode] = encoders[i % encoders.length]!;
    const picture = decodeImage(encode(enlarged(i, 10, 15, true)), `${i}`);
    seen.set(prepareImage(picture, network).image.data, i * 784);
  }
  const photos = await predict(model, Tensor.from('uint8', shape, seen, 'photos'));
  for (const [which, [format]] of encoders.entries()) {
    const own = [...predicted.keys()].filter((i) => i % encoders.length === which);
    const same = own.filter((i) => photos.predicted[i] === predicted[i]).length;
    assert.ok(same >= 0.9 * own.length, `${format}: ${same} of ${own.length}`);
  }
});

test.run();
