import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LabelledImages } from '../../src/data/examples.ts';
import { findDuplicates, withDifferentLabel } from '../../src/data/duplicates.ts';
import { Tensor } from '../../src/tensor/tensor.ts';

/** Images of 1×2 in three channels, each with its first two bytes and a label. */
function examples(...images: [number, number, label: number][]): LabelledImages {
  const pixels = images.flatMap(([first, second]) => [first, second, 7, 7, 7, 7]);
  return {
    x: Tensor.from('uint8', [images.length, 1, 2, 3], Uint8Array.from(pixels), 'images'),
    y: Tensor.from(
      'uint8',
      [images.length],
      Uint8Array.from(images, ([, , label]) => label),
      'labels',
    ),
  };
}

test('copies within train, within test, and of train in test, each with the first that it equals', () => {
  const train = examples([1, 2, 0], [2, 1, 0], [1, 2, 1], [3, 3, 0], [1, 2, 0]);
  const test = examples([9, 9, 4], [1, 2, 1], [9, 9, 4], [1, 2, 0], [3, 4, 0]);
  const told: [number, number][] = [];
  const found = findDuplicates({ train, test }, (...progress) => told.push(progress));
  assert.equal(found, {
    train: [
      { position: 2, label: 1, original: 0, originalLabel: 0 },
      { position: 4, label: 0, original: 0, originalLabel: 0 },
    ],
    test: [
      { position: 2, label: 4, original: 0, originalLabel: 4 },
      { position: 3, label: 0, original: 1, originalLabel: 1 },
    ],
    across: [
      { position: 1, label: 1, original: 0, originalLabel: 0 },
      { position: 3, label: 0, original: 0, originalLabel: 0 },
    ],
  });
  assert.equal(withDifferentLabel(found.across), [found.across[0]]);
  assert.equal(
    told,
    Array.from({ length: 10 }, (_, i) => [i + 1, 10]),
  );
});

test('none', () => {
  const found = findDuplicates({ train: examples([1, 2, 0], [2, 1, 0]), test: examples([2, 2, 0]) });
  assert.equal(found, { train: [], test: [], across: [] });
});

test.run();
