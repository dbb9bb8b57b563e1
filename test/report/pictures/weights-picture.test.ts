import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Shape } from '../../../src/tensor/shape.ts';
import type { SavedRun } from '../../../src/run/saved-run.ts';
import { firstLayerPicture, type WeightsPicture } from '../../../src/report/pictures/weights-picture.ts';
import { untrainedRun } from '../../helpers/saved-run.ts';

/** The picture of a run with these weights in its first kernel; there must be one. */
function pictureOf({ model, weights }: SavedRun, name: string, values: readonly number[]): WeightsPicture {
  const kernel = { shape: weights.get(name)!.shape, values: Float32Array.from(values) };
  assert.is(kernel.values.length, weights.get(name)!.values.length);
  return firstLayerPicture(model, new Map([...weights, [name, kernel]]))!;
}

/** The pixel at row and column of the picture of a unit, of pictures one row deep, each pixel `scale` wide. */
function pixel(picture: WeightsPicture, width: number, unit: number, row: number, column: number): string {
  const { data, ...png } = PNG.sync.read(Buffer.from(picture.png));
  const scale = Math.round(56 / picture.shape[0]!);
  const [x, y] = [4 + unit * (width * scale + 4) + column * scale, 4 + row * scale];
  return data.subarray((y * png.width + x) * 4, (y * png.width + x) * 4 + 3).toString('hex');
}

const [blue, white, red] = ['2166ac', 'ffffff', 'b2182b'];

test('dense: each unit is an image, row by row, its channels side by side with white between', () => {
  const shape: Shape = [2, 3, 2];
  const layers = [{ type: 'flatten' }, { type: 'dense', units: 2 }];
  // weight [row, column, channel] of unit 1, in pairs with unit 0, all of whose weights are 0
  const values = Array.from({ length: 24 }, () => 0);
  const at = (row: number, column: number, channel: number): number =>
    ((row * 3 + column) * 2 + channel) * 2 + 1;
  values[at(0, 1, 0)] = -4;
  values[at(1, 2, 0)] = 4;
  values[at(1, 0, 1)] = 1;
  const picture = pictureOf(untrainedRun('', shape, ['a', 'b'], layers), 'dense_1/kernel', values);
  const { png: _png, ...facts } = picture;
  assert.equal(facts, { layer: 'dense_1', kind: 'units', shown: 2, count: 2, shape, strongest: 4 });
  const rows = [0, 1].map((row) => [0, 1, 2, 3, 4, 5, 6].map((column) => pixel(picture, 7, 1, row, column)));
  const paleRed = 'ecc5ca'; // a quarter of the way from white to red
  assert.equal(rows, [
    [white, blue, white, white, white, white, white],
    [white, white, red, white, paleRed, white, white],
  ]);
  assert.is(pixel(picture, 7, 0, 0, 1), white);
});

test('conv2d: the filters, 64 of them at most', () => {
  const layers = [
    { type: 'conv2d', filters: 65, kernelSize: [1, 2] },
    { type: 'flatten' },
    { type: 'dense', units: 2 },
  ];
  // the second tap of filter f is f, the first 0
  const values = Array.from({ length: 130 }, (_, i) => (i < 65 ? 0 : i - 65));
  const picture = pictureOf(untrainedRun('', [3, 4, 1], ['a', 'b'], layers), 'conv2d_1/kernel', values);
  assert.equal([picture.kind, picture.shown, picture.count, picture.shape], ['filters', 64, 65, [1, 2, 1]]);
  assert.is(picture.strongest, 63, '99 % of the weights are not larger');
  assert.equal([pixel(picture, 2, 0, 0, 1), pixel(picture, 2, 7, 0, 0)], [white, white]);
  assert.is(PNG.sync.read(Buffer.from(picture.png)).width, 8 * (2 * 56 + 4) + 4);
});

test('a dense layer after pooling sees the smaller image', () => {
  const layers = [{ type: 'max_pool2d', poolSize: 2 }, { type: 'flatten' }, { type: 'dense', units: 2 }];
  const { model, weights } = untrainedRun('', [4, 6, 1], ['a', 'b'], layers);
  assert.equal(firstLayerPicture(model, weights)!.shape, [2, 3, 1]);
});

test.run();
