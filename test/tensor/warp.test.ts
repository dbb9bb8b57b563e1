import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { type Shape, ShapeError } from '../../src/tensor/shape.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import type { Fill, Transform } from '../../src/tensor/warp.ts';
import { randomTensor } from '../helpers/random-tensor.ts';

type Map = [xx: number, xy: number, x1: number, yx: number, yy: number, y1: number];
type Rectangle = [top: number, left: number, bottom: number, right: number];

const identity: Map = [1, 0, 0, 0, 1, 0];
const nothing: Rectangle = [0, 0, 0, 0];

function warp(images: Tensor, ...transforms: Transform[]): number[] {
  return warpWith('zeros', images, ...transforms);
}

function warpWith(fill: Fill, images: Tensor, ...transforms: Transform[]): number[] {
  const values = Float32Array.from(transforms.flat());
  const rows = Tensor.from('float32', [transforms.length, 10], values, 'transforms');
  return [...new EagerOps().warpImages(images, rows, fill).values];
}

function image(shape: Shape, ...values: number[]): Tensor<'float32'> {
  return Tensor.from('float32', [1, ...shape], Float32Array.from(values), 'image');
}

/** Two rows of three pixels. */
const small = image([2, 3, 1], 1, 2, 3, 4, 5, 6);

test('the identity gives the image itself, to the bit', () => {
  const images = randomTensor('float32', [3, 5, 4, 2], 'images');
  const same: Transform = [...identity, ...nothing];
  assert.equal(warp(images, same, same, same), [...images.values]);
});

test('mirrored and moved: pixels go where they should, zeros come in from outside', () => {
  const cases: [Map, number[]][] = [
    [
      [-1, 0, 2, 0, 1, 0], // mirrored: column 2 − x
      [3, 2, 1, 6, 5, 4],
    ],
    [
      [1, 0, -1, 0, 1, 0], // one to the right
      [0, 1, 2, 0, 4, 5],
    ],
    [
      [1, 0, 2, 0, 1, -1], // two to the left, one down
      [0, 0, 0, 3, 0, 0],
    ],
    [
      [-1, 0, 1, 0, 1, 1], // mirrored, then one to the left and one up
      [5, 4, 0, 0, 0, 0],
    ],
    [
      [1, 0, 3, 0, 1, 0], // all of it outside
      [0, 0, 0, 0, 0, 0],
    ],
  ];
  for (const [map, expected] of cases) assert.equal(warp(small, [...map, ...nothing]), expected, map.join());
});

test('channels stay together', () => {
  const rgb = image([1, 2, 3], 1, 2, 3, 4, 5, 6);
  assert.equal(warp(rgb, [-1, 0, 1, 0, 1, 0, ...nothing]), [4, 5, 6, 1, 2, 3]);
});

test('a quarter turn to the left maps pixels to pixels', () => {
  const square = image([3, 3, 1], 1, 2, 3, 4, 5, 6, 7, 8, 9);
  // to the left: what is at column x and row y was at column 2 − y and row x
  assert.equal(warp(square, [0, -1, 2, 1, 0, 0, ...nothing]), [3, 6, 9, 2, 5, 8, 1, 4, 7]);
});

test('between pixels: the mean of two, of four, and shares of a quarter', () => {
  assert.equal(warp(small, [1, 0, 0.5, 0, 1, 0, ...nothing]), [1.5, 2.5, 1.5, 4.5, 5.5, 3]);
  assert.equal(warp(small, [1, 0, 0.5, 0, 1, 0.5, ...nothing]), [3, 4, 2.25, 2.25, 2.75, 1.5]);
  assert.equal(warp(small, [1, 0, -0.25, 0, 1, 0, ...nothing]), [0.75, 1.75, 2.75, 3, 4.75, 5.75]);
});

test('reflected: the image goes on behind its border as in a mirror, the border itself not repeated', () => {
  const row = image([1, 4, 1], 1, 2, 3, 4);
  const cases: [Map, number[]][] = [
    [identity, [1, 2, 3, 4]],
    [
      [1, 0, -2, 0, 1, 0], // two to the right: columns −2, −1, 0, 1
      [3, 2, 1, 2],
    ],
    [
      [1, 0, 3, 0, 1, 0], // three to the left: columns 3, 4, 5, 6
      [4, 3, 2, 1],
    ],
    [
      [-1, 0, 1, 0, 1, 0], // mirrored: columns 1, 0, −1, −2
      [2, 1, 2, 3],
    ],
    [
      [1, 0, 5, 0, 1, 0], // columns 5 to 8: 6 is the last that is reflected
      [2, 1, 1, 1],
    ],
    [
      [1, 0, -8, 0, 1, 0], // columns −8 to −5: −6 is the last, a mirror image of a mirror image
      [1, 1, 1, 2],
    ],
    [
      [1, 0, -0.5, 0, 1, 0], // between two pixels, one of which is outside
      [1.5, 1.5, 2.5, 3.5],
    ],
    [
      [1, 0, 1e30, 0, 1, -1e30], // as far away as can be
      [1, 1, 1, 1],
    ],
    [
      [1, 0, 0, 0, 1, 3], // an image of one row has that row everywhere
      [1, 2, 3, 4],
    ],
  ];
  for (const [map, expected] of cases)
    assert.equal(warpWith('reflect', row, [...map, ...nothing]), expected, map.join());

  // rows as columns, channels together
  const column = image([3, 1, 2], 1, 2, 3, 4, 5, 6);
  const up: Transform = [1, 0, 0, 0, 1, 1, ...nothing]; // rows 1, 2, 3
  assert.equal(warpWith('reflect', column, up), [3, 4, 5, 6, 3, 4]);
  const erased: Transform = [1, 0, 0, 0, 1, 1, 2, 0, 3, 1];
  assert.equal(warpWith('reflect', column, erased), [3, 4, 5, 6, 0, 0]);
});

test('a rectangle is erased from the result, rows and columns up to but not including its ends', () => {
  assert.equal(warp(small, [...identity, 0, 1, 2, 2]), [1, 0, 3, 4, 0, 6]);
  assert.equal(warp(small, [-1, 0, 2, 0, 1, 0, 1, 0, 2, 2]), [3, 2, 1, 0, 0, 4]);
  assert.equal(warp(small, [...identity, -5, -5, 1, 9]), [0, 0, 0, 4, 5, 6], 'as far as it is inside');
});

test('each image has its own transform', () => {
  const two = Tensor.from('float32', [2, 1, 2, 1], Float32Array.of(1, 2, 3, 4), 'two');
  const changed = warp(two, [...identity, ...nothing], [-1, 0, 1, 0, 1, 0, ...nothing]);
  assert.equal(changed, [1, 2, 4, 3]);
});

test('shapes that do not fit are refused', () => {
  const rows = (shape: Shape): Tensor => Tensor.zeros('float32', shape, 'transforms');
  const error = (run: () => unknown): string => {
    try {
      run();
    } catch (thrown) {
      assert.instance(thrown, ShapeError);
      return (thrown as Error).message;
    }
    return 'none';
  };
  const ops = new EagerOps();
  assert.is(
    error(() => ops.warpImages(small, rows([2, 10]))),
    'warpImages: transforms: expected shape [1, 10], got [2, 10]',
  );
  assert.is(
    error(() => ops.warpImages(small.reshape([2, 3]), rows([2, 10]))),
    'warpImages: images: expected 4 dimensions, got [2, 3]',
  );
});

test.run();
