import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RandomStream, streamKey, threefry2x32 } from '../../src/tensor/random.ts';

const count = 20_000;

test('Threefry-2x32 gives the known answers that its authors publish with Random123', () => {
  const answers: [number[], string][] = [
    [[0, 0, 0, 0], '6b200159 99ba4efe'],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], '1cb996fc bb002be7'],
    [[0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3], 'c4923a9c 483df7a0'],
  ];
  for (const [[k0, k1, c0, c1], expected] of answers) {
    const words = new Uint32Array(2);
    threefry2x32(k0!, k1!, c0!, c1!, words);
    assert.is([...words].map((word) => word.toString(16).padStart(8, '0')).join(' '), expected);
  }
});

test('the key of a stream is FNV-1a of its name: the known hashes of "" and "foobar"', () => {
  assert.is(streamKey('') >>> 0, 0x811c9dc5);
  assert.is(streamKey('foobar') >>> 0, 0xbf9cf968);
});

/** Pearson's χ² of `values` in [0, 1) over 100 equal bins. */
function chiSquared(values: readonly number[]): number {
  const bins = new Float64Array(100);
  for (const value of values) bins[Math.floor(value * 100)]! += 1;
  const expected = values.length / 100;
  return bins.reduce((sum, observed) => sum + (observed - expected) ** 2 / expected, 0);
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (x: readonly number[]): number => x.reduce((s, v) => s + v, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  const covariance = mean(a.map((v, i) => (v - ma) * (b[i]! - mb)));
  const deviation = (x: readonly number[], m: number): number => Math.sqrt(mean(x.map((v) => (v - m) ** 2)));
  return covariance / (deviation(a, ma) * deviation(b, mb));
}

const draw = (stream: RandomStream): number[] => Array.from({ length: count }, (_, i) => stream.uniform(i));

test('uniform numbers fill [0, 1) evenly: χ² of 100 bins below the 99.9 % quantile', () => {
  const values = draw(new RandomStream(1, 'test'));
  assert.ok(values.every((value) => value >= 0 && value < 1));
  assert.ok(chiSquared(values) < 148.2, `χ² = ${chiSquared(values)}`);
  const doubles = Array.from({ length: count }, (_, i) => new RandomStream(1, 'test').uniformDouble(i));
  assert.ok(chiSquared(doubles) < 148.2, `χ² of doubles = ${chiSquared(doubles)}`);
});

test('neighbours, streams, seeds and steps are uncorrelated: |r| below 4 standard errors', () => {
  const base = draw(new RandomStream(1, 'test'));
  const others = {
    'next index': [...base.slice(1), base[0]!],
    'other stream': draw(new RandomStream(1, 'test2')),
    'other seed': draw(new RandomStream(2, 'test')),
    'other step': draw(new RandomStream(1, 'test', 1)),
  };
  for (const [name, other] of Object.entries(others)) {
    assert.ok(Math.abs(correlation(base, other)) < 4 / Math.sqrt(count), name);
  }
});

test('normal numbers have the moments of the standard normal: mean 0, variance 1, kurtosis 3', () => {
  const random = new RandomStream(3, 'normal');
  const values = Array.from({ length: count }, (_, i) => random.normal(i));
  const moment = (power: number): number => values.reduce((sum, v) => sum + v ** power, 0) / count;
  assert.ok(Math.abs(moment(1)) < 4 / Math.sqrt(count));
  assert.ok(Math.abs(moment(2) - 1) < 4 * Math.sqrt(2 / count));
  assert.ok(Math.abs(moment(4) - 3) < 4 * Math.sqrt(96 / count));
});

test('a permutation holds every number once, depends on seed and step, and has no favourite place', () => {
  const order = new RandomStream(5, 'shuffle', 1).permutation(1000);
  assert.equal(
    [...order].toSorted((a, b) => a - b),
    Array.from({ length: 1000 }, (_, i) => i),
  );
  assert.equal(order, new RandomStream(5, 'shuffle', 1).permutation(1000));
  assert.not.equal(order, new RandomStream(5, 'shuffle', 2).permutation(1000));
  // 0 of four elements ends in each place about as often: χ² with 3 degrees of freedom below 99.9 %
  const places = new Float64Array(4);
  for (let step = 0; step < 4000; step++)
    places[new RandomStream(1, 'p', step).permutation(4).indexOf(0)]! += 1;
  assert.ok(places.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0) < 16.3, places.join());
});

test.run();
