import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fashionMnist } from '../../src/data/idx/fashion-mnist.ts';
import { classCounts, meanImages, pixelStatistics } from '../../src/data/statistics.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { assertClose } from '../helpers/close.ts';

const tolerance = { rtol: 1e-12, atol: 0 };

/** uint8 [2, 1, 3, channels] or as given. */
function bytes(shape: readonly number[], ...values: number[]): Tensor<'uint8'> {
  return Tensor.from('uint8', shape, Uint8Array.from(values), 'images');
}

test('mean, standard deviation, least, largest, share of zeros', () => {
  const { all, channels } = pixelStatistics(bytes([2, 2, 1, 1], 0, 2, 0, 6));
  // mean 2; squares of the differences 4, 0, 4, 16
  assertClose(
    [all.mean, all.standardDeviation, all.minimum, all.maximum, all.zeroShare],
    [2, Math.sqrt(6), 0, 6, 0.5],
    tolerance,
  );
  assert.equal(channels, [all]);
});

test('each channel apart, and all together', () => {
  const { all, channels } = pixelStatistics(bytes([1, 2, 1, 3], 1, 20, 255, 3, 20, 0));
  assert.equal(
    channels.map(({ mean }) => mean),
    [2, 20, 127.5],
  );
  assert.equal(
    channels.map(({ minimum }) => minimum),
    [1, 20, 0],
  );
  assert.equal(
    channels.map(({ maximum }) => maximum),
    [3, 20, 255],
  );
  assert.equal(
    channels.map(({ zeroShare }) => zeroShare),
    [0, 0, 0.5],
  );
  assertClose(
    channels.map(({ standardDeviation }) => standardDeviation + 1),
    [2, 1, 128.5],
    tolerance,
  );
  assertClose([all.mean, all.zeroShare], [299 / 6, 1 / 6], tolerance);
});

test('counts and mean images of classes, one without any', () => {
  const labels = Tensor.from('uint8', [3], Uint8Array.of(2, 0, 2), 'labels');
  assert.equal(classCounts(labels.values, 4), [1, 0, 2, 0]);
  const images = bytes([3, 1, 2, 1], 10, 20, 200, 100, 30, 255);
  const told: number[] = [];
  const means = meanImages({ x: images, y: labels }, 4, (done) => told.push(done));
  assert.equal(means.shape, [4, 1, 2, 1]);
  assert.equal([...means.values], [200, 100, 0, 0, 20, 137.5, 0, 0]);
  assert.equal(told, [1, 2, 3]);
});

test('Fashion-MNIST has the statistics that are known of it', () => {
  const { train, test: held } = fashionMnist();
  assert.equal(classCounts(train.y.values, 10), Array<number>(10).fill(6000));
  assert.equal(classCounts(held.y.values, 10), Array<number>(10).fill(1000));
  const { all } = pixelStatistics(train.x);
  assert.equal([(all.mean / 255).toFixed(4), (all.standardDeviation / 255).toFixed(4)], ['0.2860', '0.3530']);
  assert.equal([all.minimum, all.maximum], [0, 255]);
});

test.run();
