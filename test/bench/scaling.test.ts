import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { benchScaling, type ScalingPoint, type ScalingResult } from '../../bench/scaling.ts';
import { scalingFigure } from '../../bench/scaling-figure.ts';

function point(threads: number, batchSize: number, median: number): ScalingPoint {
  return {
    model: 'mlp',
    engine: 'wasm',
    batchSize,
    threads,
    count: 1,
    imagesPerSecond: { median, p10: median, p90: median, best: median },
    epochsPerSecond: median / 60_000,
    peakMebibytes: 100,
  };
}

test('the figure: logarithmic axes, a line for each number of threads', () => {
  const points = [
    point(1, 4, 1000),
    point(1, 1, 100),
    point(1, 16, 10_000),
    point(2, 1, 100),
    point(2, 16, 10_000),
  ];
  const svg = scalingFigure('a title', points);
  const circles = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map((match) =>
    match.slice(1).map(Number),
  );
  // in the order of the batch sizes: 4 is half way from 1 to 16, and 1000 from 100 to 10,000
  assert.equal(circles, [
    [76, 352],
    [348, 204],
    [620, 56],
    [76, 352],
    [620, 56],
  ]);
  assert.is(svg.match(/stroke-dasharray="none"/g)!.length, 2);
  assert.is(svg.match(/stroke-dasharray="7 4"/g)!.length, 2);
  for (const words of ['weft, 1 thread<', 'weft, 2 threads<', '>10,000<', 'batch 4, threads 1: 1,000']) {
    assert.ok(svg.includes(words), words);
  }
});

test('bench scaling: engines agree, then a point for each, with its memory', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-'));
  try {
    const [json, figure] = [join(folder, 'points.json'), join(folder, 'figure.svg')];
    const usual = { models: ['mlp'], threads: [1], rounds: 1, strict: false, json, figure };
    await benchScaling({ ...usual, engines: ['wasm', 'reference'], batchSizes: [3] });
    const { points } = JSON.parse(readFileSync(json, 'utf8')) as ScalingResult;
    assert.equal(
      points.map(({ engine, threads, batchSize }) => [engine, threads, batchSize]),
      [
        ['wasm', 1, 3],
        ['reference', 1, 3],
      ],
    );
    for (const { imagesPerSecond, epochsPerSecond, peakMebibytes, count } of points) {
      assert.is(epochsPerSecond, imagesPerSecond.median / 60_000);
      // the images alone are 45 MiB
      assert.ok(peakMebibytes > 45 && peakMebibytes < 4096);
      assert.ok(count >= 1 && count <= 20_000);
    }
    assert.match(readFileSync(figure, 'utf8'), /^<svg .*<\/svg>\n$/s);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
