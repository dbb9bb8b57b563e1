import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ImageDataset } from '../../../src/data/dataset.ts';
import type { LabelledImages } from '../../../src/data/examples.ts';
import { type EdaFindings, explore } from '../../../src/report/eda/findings.ts';
import { edaPage, oneHotText, summary } from '../../../src/report/eda/page.ts';
import { edaPictures, thumbnail } from '../../../src/report/eda/pictures.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';

/** Images of 1×2 in colour, uniform in each channel, with their labels. */
function examples(...images: [red: number, green: number, blue: number, label: number][]): LabelledImages {
  const pixels = images.flatMap(([r, g, b]) => [r, g, b, r, g, b]);
  return {
    x: Tensor.from('uint8', [images.length, 1, 2, 3], Uint8Array.from(pixels), 'images'),
    y: Tensor.from(
      'uint8',
      [images.length],
      Uint8Array.from(images, ([, , , label]) => label),
      'labels',
    ),
  };
}

const dataset: ImageDataset = {
  name: 'Tea & <Cake>',
  train: examples([10, 20, 30, 1], [50, 0, 0, 0], [30, 40, 50, 1], [50, 0, 0, 1]),
  test: examples([50, 0, 0, 1], [10, 20, 30, 1], [1, 1, 1, 0]),
  classNames: ['"tea"', '<b>cake', 'none'],
  checksums: { 'a&b.gz': 'f'.repeat(64) },
  remarks: ['<i>decided</i>'],
};
const silent = (): (() => void) => () => {};

test('findings: shapes, counts, pixels in all and of each channel, a label, duplicates with other labels first', () => {
  const { train, test: held, oneHot, duplicates } = explore(dataset, silent);
  assert.equal([train.images, train.labels, train.type], [[4, 1, 2, 3], [4], 'uint8']);
  assert.equal(
    [train.classCounts, held.classCounts],
    [
      [1, 3, 0],
      [1, 2, 0],
    ],
  );
  assert.equal(
    train.channels.map(({ mean }) => mean),
    [35, 15, 20],
  );
  assert.is(train.pixels.maximum, 50);
  assert.equal(oneHot, { label: 1, encoded: [0, 1, 0] });
  assert.equal(
    [duplicates.train, duplicates.test, duplicates.across].map(({ count, differentLabels }) => [
      count,
      differentLabels,
    ]),
    [
      [1, 1],
      [0, 0],
      [2, 1],
    ],
  );
  assert.equal(
    duplicates.across.examples.map(({ position }) => position),
    [0, 1],
  );
});

test('of many duplicates ten are named, those with another label before all others; grey images have no channels', () => {
  const grey = (labels: number[]): LabelledImages => ({
    x: Tensor.zeros('uint8', [labels.length, 2, 1, 1]),
    y: Tensor.from('uint8', [labels.length], Uint8Array.from(labels), 'labels'),
  });
  const labels = [...Array<number>(20).fill(0), 1];
  const { duplicates, train } = explore({ ...dataset, train: grey(labels), test: grey([0]) }, silent);
  assert.equal([duplicates.train.count, duplicates.train.differentLabels], [20, 1]);
  assert.equal(
    duplicates.train.examples.map(({ position }) => position),
    [20, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  assert.equal(train.channels, []);
});

test('what is under way is told, with how far it is', () => {
  const told = new Map<string, [number, number]>();
  explore(dataset, (what) => (done, total) => void told.set(what, [done, total]));
  assert.equal(Object.fromEntries(told), {
    'looking for duplicates': [7, 7],
    'counting training pixels': [4, 4],
    'counting test pixels': [3, 3],
  });
});

/** Red, green, blue of the pixel at x, y. */
function pixelOf(png: Uint8Array, x: number, y: number): number[] {
  const { width, data } = PNG.sync.read(Buffer.from(png));
  return [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)];
}

test('pictures: the first images, a row for each class filled up with grey, the mean of each class', () => {
  const { first, classes, means, files } = edaPictures(dataset, () => {});
  assert.equal(
    first.map(({ caption }) => caption),
    ['<b>cake', '"tea"', '<b>cake', '<b>cake'],
  );
  assert.equal(
    first.map(({ png }) => pixelOf(png, 1, 0)[0]),
    [10, 50, 30, 50],
  );
  assert.is(first[1]!.description, 'Training image 2: "tea"');
  assert.equal(
    classes.map(({ caption }) => caption),
    ['"tea"', '<b>cake', 'none'],
  );
  // images two wide with lines of one between: 1, 4, 7 …
  assert.equal(
    [1, 4, 7, 10, 28].map((x) => pixelOf(classes[1]!.png, x, 1)[0]),
    [10, 30, 50, 128, 128],
  );
  assert.is(classes[1]!.description, 'The first 3 training images of the class <b>cake');
  assert.equal(
    means.map(({ png }) => pixelOf(png, 0, 0)),
    [
      [50, 0, 0],
      [30, 20, 27],
      [0, 0, 0],
    ],
  );
  // 2 wide, 42 times enlarged, lines of 4
  const sheet = PNG.sync.read(Buffer.from(files['class-images.png']!));
  assert.equal([sheet.width, sheet.height], [10 * (84 + 4) + 4, 3 * (42 + 4) + 4]);
  assert.equal(pixelOf(files['class-images.png']!, 4 + 88 + 10, 4 + 46 + 10), [30, 40, 50]);
  assert.equal(pixelOf(files['first-images.png']!, 4 + 2 * 88 + 10, 10), [30, 40, 50]);
  assert.equal(pixelOf(files['class-means.png']!, 4 + 88 + 10, 10), [30, 20, 27]);
});

test('large images are made smaller, with their proportions; small ones stay as they are', () => {
  const image = { width: 256, height: 100, channels: 1, data: new Uint8Array(25_600) };
  const { width, height } = thumbnail(image);
  assert.equal([width, height], [64, 25]);
  assert.is(thumbnail(image, 300), image);
  assert.is(thumbnail({ ...image, height: 1, data: new Uint8Array(256) }).height, 1);
});

test('the page holds everything, escaped, loads nothing, and says in alt texts what is seen', () => {
  const findings = explore(dataset, silent);
  const page = edaPage(
    findings,
    edaPictures(dataset, () => {}),
    'a mark',
  );
  for (const part of [
    '<!-- a mark -->',
    '<h1>A look at Tea &amp; &lt;Cake&gt;</h1>',
    '4 training and 3 test images of 1×2 pixels, in colour, in 3 classes.',
    '<li>&lt;i&gt;decided&lt;/i&gt;</li>',
    '<th scope="row">1 &lt;b&gt;cake</th><td>3</td>',
    'width: 33.3%',
    'alt="Training image 2: &quot;tea&quot;"',
    '<figcaption>&lt;b&gt;cake</figcaption>',
    '<pre>[0, 1, 0]</pre>',
    'test image 0 (&lt;b&gt;cake) equals training image 1 (&quot;tea&quot;)',
    'training image 3 (&lt;b&gt;cake) equals training image 1 (&quot;tea&quot;)',
    'a&amp;b.gz',
    '23.33 (0.0915)',
  ]) {
    assert.ok(page.includes(part), part);
  }
  assert.is(page.match(/<img /g)!.length, 4 + 3 + 3);
  assert.equal(page.match(/<img (?![^>]*\balt="[^"]+")/g), null);
  assert.not.match(page, /(?:src|href)="(?!data:)/);
  assert.not.match(page, /<script|<b>|<i>|NaN|undefined/);
});

test('sentences: the summary, and a label of many classes', () => {
  const findings: EdaFindings = explore(dataset, silent);
  const grey = { ...findings.train, images: [60_000, 28, 14, 1] };
  assert.match(
    summary({ ...findings, train: grey }),
    /^60,000 training .* of 28×14 pixels, grey, in 3 classes\.$/,
  );
  assert.is(oneHotText({ label: 2, encoded: [0, 0, 1] }), '[0, 0, 1]');
  const encoded = Array.from({ length: 31 }, (_, i) => (i === 4 ? 1 : 0));
  assert.is(
    oneHotText({ label: 4, encoded }),
    '31 numbers: 1 at position 4, counted from 0, and 0 everywhere else',
  );
});

test.run();
