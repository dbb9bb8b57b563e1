import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Augmentation, type AugmentOptions } from '../../src/data/augment.ts';
import type { Transform } from '../../src/tensor/warp.ts';
import { assertClose } from '../helpers/close.ts';

const count = 20_000;
const everyone = Int32Array.from({ length: count }, (_, i) => i);

/** Transforms of many examples of 28×28, or of another size. */
function draw(options: AugmentOptions, shape = [28, 28, 1], { seed = 1, epoch = 1 } = {}): Transform[] {
  const values = new Augmentation(options, shape, seed).transforms(everyone, epoch);
  return Array.from({ length: count }, (_, i) => [...values.subarray(10 * i, 10 * i + 10)] as Transform);
}

/** Throws unless a share of n independent trials is within four standard deviations of its probability. */
function assertShare(hits: number, trials: number, probability: number, what: string): void {
  const deviation = Math.sqrt((probability * (1 - probability)) / trials);
  const share = hits / trials;
  assert.ok(Math.abs(share - probability) < 4 * deviation, `${what}: ${share}, expected ${probability}`);
}

test('nothing asked for: the identity, and not active', () => {
  for (const options of [
    {},
    { flip: false, shift: 0, rotate: 0, fill: 'reflect', erase: 0, cutout: 0 } as const,
  ]) {
    const none = new Augmentation(options, [28, 28, 1], 1);
    assert.not(none.active);
    assert.equal([...none.transforms([3], 1)], [1, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
  }
  for (const options of [{ flip: true }, { shift: 1 }, { rotate: 0.5 }, { erase: 0.1 }, { cutout: 1 }]) {
    assert.ok(new Augmentation(options, [28, 28, 1], 1).active, JSON.stringify(options));
  }
});

test('flip: half of the images, column x from column width − 1 − x', () => {
  const transforms = draw({ flip: true }, [4, 7, 1]);
  const mirrored = transforms.filter(([xx]) => xx === -1);
  assertShare(mirrored.length, count, 1 / 2, 'mirrored');
  for (const transform of mirrored) {
    assertClose(transform, [-1, 0, 6, 0, 1, 0, 0, 0, 0, 0], { rtol: 0, atol: 0 });
  }
  assert.ok(transforms.every(([xx]) => Math.abs(xx) === 1));
});

test('shift: every pair of whole numbers from −2 to 2, equally often', () => {
  const counts = new Map<string, number>();
  for (const [xx, xy, x1, yx, yy, y1] of draw({ shift: 2 })) {
    assert.equal([xx, Math.abs(xy), yx, yy], [1, 0, 0, 1]);
    counts.set(`${x1 + 0},${y1 + 0}`, (counts.get(`${x1 + 0},${y1 + 0}`) ?? 0) + 1);
  }
  assert.is(counts.size, 25);
  for (let x = -2; x <= 2; x++) {
    for (let y = -2; y <= 2; y++) assertShare(counts.get(`${x},${y}`)!, count, 1 / 25, `${x},${y}`);
  }
});

test('rotate: about the centre, angles spread evenly over both directions', () => {
  const [height, width] = [9, 6];
  const bins = new Float64Array(10);
  for (const [xx, xy, x1, yx, yy, y1] of draw({ rotate: 30 }, [height, width, 1])) {
    assertClose([xx * yy - xy * yx, xx, xy], [1, yy, -yx], { rtol: 0, atol: 1e-6 });
    const [x, y] = [(width - 1) / 2, (height - 1) / 2];
    assertClose([xx * x + xy * y + x1, yx * x + yy * y + y1], [x, y], { rtol: 0, atol: 1e-5 });
    const degrees = (Math.atan2(yx, xx) * 180) / Math.PI;
    assert.ok(Math.abs(degrees) < 30.001);
    bins[Math.min(Math.max(Math.floor((degrees + 30) / 6), 0), 9)]! += 1;
  }
  for (const [index, hits] of bins.entries()) assertShare(hits, count, 1 / 10, `bin ${index}`);
});

test('all together: turned about the centre of the moved image, some of them mirrored', () => {
  const moves = new Set<number>();
  for (const [xx, xy, x1, yx, yy, y1] of draw({ flip: true, shift: 1, rotate: 20 }, [8, 5, 1])) {
    const side = Math.sign(xx * yy - xy * yx);
    assertClose([xx, xy], [side * yy, -side * yx], { rtol: 0, atol: 1e-6 });
    // the centre of the image comes from the pixel at the centre plus (dx, dy), turned back
    const [fromX, fromY] = [2 - x1, 3.5 - y1];
    const dx = side * yy * fromX + yx * fromY - 2;
    const dy = -side * yx * fromX + yy * fromY - 3.5;
    for (const move of [dx, dy]) assertClose([move], [Math.round(move)], { rtol: 0, atol: 1e-5 });
    moves.add(3 * Math.round(dx) + Math.round(dy));
  }
  assert.equal(
    [...moves].toSorted((a, b) => a - b),
    [-4, -3, -2, -1, 0, 1, 2, 3, 4],
  );
});

test('erase: as often as asked; areas spread evenly from 2 % to 40 %, both shapes alike, anywhere inside', () => {
  const rectangles = draw({ erase: 0.4 }, [64, 64, 1])
    .map(([, , , , , , top, left, bottom, right]) => ({
      top,
      left,
      height: bottom - top,
      width: right - left,
    }))
    .filter(({ height }) => height > 0);
  assertShare(rectangles.length, count, 0.4, 'erased');
  const share = (what: string, probability: number, test: (r: (typeof rectangles)[number]) => boolean) =>
    assertShare(rectangles.filter(test).length, rectangles.length, probability, what);
  assert.ok(rectangles.every(({ top, left }) => top >= 0 && left >= 0));
  assert.ok(rectangles.every(({ top, left, height, width }) => top + height <= 64 && left + width <= 64));
  const areas = rectangles.map(({ height, width }) => (height * width) / 64 ** 2).toSorted((a, b) => a - b);
  // rounding the sides to pixels moves an area by a few percent of itself
  assert.ok(areas[0]! > 0.018 && areas[0]! < 0.025 && areas.at(-1)! < 0.42 && areas.at(-1)! > 0.38);
  share('smaller than half of the range', 1 / 2, ({ height, width }) => height * width < 0.21 * 64 ** 2);
  const unequal = rectangles.filter(({ height, width }) => height !== width);
  assertShare(unequal.filter(({ height, width }) => height > width).length, unequal.length, 1 / 2, 'tall');
  const ratios = rectangles.filter(({ height }) => height > 20).map(({ height, width }) => height / width);
  assert.ok(Math.max(...ratios) < 3.6 && Math.max(...ratios) > 3, `${Math.max(...ratios)}`);
  const corners = rectangles.filter(({ height, width }) => height <= 32 && width <= 32);
  const upper = corners.filter(({ top, height }) => 2 * top + height < 64).length;
  const lower = corners.filter(({ top, height }) => 2 * top + height > 64).length;
  assertShare(upper, upper + lower, 1 / 2, 'in the upper half');
  assert.ok(corners.some(({ top }) => top === 0) && corners.some(({ left }) => left === 0));
  assert.ok(corners.some(({ top, height }) => top + height === 64));
  assert.ok(corners.some(({ left, width }) => left + width === 64));
});

test('erase: in an image much taller than wide, the rectangle is as wide as the image and keeps its area', () => {
  const [height, width] = [200, 4];
  for (const [, , , , , , top, left, bottom, right] of draw({ erase: 1 }, [height, width, 1])) {
    assert.ok(top >= 0 && bottom <= height && left >= 0 && right <= width && bottom > top && right > left);
  }
  const areas = draw({ erase: 1 }, [height, width, 1]).map((t) => (t[8] - t[6]) * (t[9] - t[7]));
  const mean = areas.reduce((sum, area) => sum + area, 0) / count / (height * width);
  assert.ok(Math.abs(mean - 0.21) < 0.01, `mean area ${mean}`);
});

test('cutout: a square of each image, its centre at every pixel equally often', () => {
  for (const cutout of [3, 4]) {
    const counts = new Map<string, number>();
    for (const [, , , , , , top, left, bottom, right] of draw({ cutout }, [5, 4, 1])) {
      assert.equal([bottom - top, right - left], [cutout, cutout]);
      const centre = `${(top + bottom - (cutout % 2)) / 2},${(left + right - (cutout % 2)) / 2}`;
      counts.set(centre, (counts.get(centre) ?? 0) + 1);
    }
    assert.is(counts.size, 20);
    for (let y = 0; y < 5; y++) {
      for (let x = 0; x < 4; x++) assertShare(counts.get(`${y},${x}`)!, count, 1 / 20, `${y},${x}`);
    }
  }
});

test('fill: zeros unless asked for otherwise', () => {
  assert.is(new Augmentation({ shift: 1 }, [5, 5, 1], 1).fill, 'zeros');
  assert.is(new Augmentation({ shift: 1, fill: 'reflect' }, [5, 5, 1], 1).fill, 'reflect');
});

test('what happens to an example depends on seed, epoch and example, not on its batch', () => {
  const options = { flip: true, shift: 3, rotate: 10, erase: 0.5 };
  const augmentation = new Augmentation(options, [28, 28, 1], 7);
  const together = augmentation.transforms([5, 900, 31], 2);
  for (const [i, example] of [5, 900, 31].entries()) {
    assert.equal([...augmentation.transforms([example], 2)], [...together.subarray(10 * i, 10 * i + 10)]);
  }
  const again = new Augmentation(options, [28, 28, 1], 7).transforms([5, 900, 31], 2);
  assert.equal([...again], [...together]);
  const same = (a: Transform[], b: Transform[]): number =>
    a.filter((transform, i) => transform.every((number, k) => number === b[i]![k])).length;
  const base = draw(options);
  assert.ok(same(base, draw(options, undefined, { epoch: 2 })) < 5);
  assert.ok(same(base, draw(options, undefined, { seed: 2 })) < 5);
  assert.ok(same(base, [...base.slice(1), base[0]!]) < 5);
});

test('each change draws numbers of its own: switching one on leaves the others as they were', () => {
  const alone = draw({ shift: 2 });
  const both = draw({ shift: 2, erase: 0.5 });
  assert.equal(
    alone.map((t) => t.slice(0, 6)),
    both.map((t) => t.slice(0, 6)),
  );
});

test('options that make no sense are refused', () => {
  const cases: [AugmentOptions, RegExp][] = [
    [{ shift: -1 }, /augment: shift must be a whole number from 0 to 4 for images of 9×5, got -1/],
    [{ shift: 1.5 }, /got 1\.5/],
    [{ shift: 5 }, /from 0 to 4 for images of 9×5, got 5/],
    [{ rotate: -1 }, /augment: rotate must be from 0 to 180 degrees, got -1/],
    [{ rotate: 181 }, /got 181/],
    [{ rotate: NaN }, /got NaN/],
    [{ erase: 1.1 }, /augment: erase must be a probability from 0 to 1, got 1\.1/],
    [{ erase: -0.1 }, /got -0\.1/],
    [{ fill: 'mirror' as 'reflect' }, /augment: fill must be zeros or reflect, got "mirror"/],
    [{ cutout: 6 }, /augment: cutout must be a whole number from 0 to 5 for images of 9×5, got 6/],
    [{ cutout: 2.5 }, /got 2\.5/],
    [{ cutout: -1 }, /got -1/],
    [{ cutout: 2, erase: 0.1 }, /augment: erase and cutout both make a part of an image black/],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => new Augmentation(options, [9, 5, 1], 1), message);
  }
});

test.run();
