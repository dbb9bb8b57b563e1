import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { benchSpeeds, type NetworkSpeed, type SpeedsResult } from '../../../bench/networks/speeds.ts';
import { scalingFigure } from '../../../bench/networks/scaling-figure.ts';

function point(threads: number, batchSize: number, median: number): NetworkSpeed {
  return {
    model: 'mlp',
    engine: 'wasm',
    batchSize,
    threads,
    count: 1,
    imagesPerSecond: { median, p10: median, p90: median, best: median },
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
    [76, 366],
    [348, 215],
    [620, 64],
    [76, 366],
    [620, 64],
  ]);
  assert.is(svg.match(/stroke-dasharray="none"/g)!.length, 2);
  assert.is(svg.match(/stroke-dasharray="7 4"/g)!.length, 2);
  for (const words of ['weft, 1 thread<', 'weft, 2 threads<', '>10,000<', 'batch 4, threads 1: 1,000']) {
    assert.ok(svg.includes(words), words);
  }
});

function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-'));
  return use(folder).finally(() => rmSync(folder, { recursive: true }));
}

const usual = { models: ['mlp'], rounds: 1, revectorize: true, strict: false };

test('training on several engines and numbers of threads: they agree, then a speed for each, with its memory', () =>
  inFolder(async (folder) => {
    const [json, figure] = [join(folder, 'speeds.json'), join(folder, 'figure.svg')];
    const args = { ...usual, engines: ['wasm', 'reference'], batchSizes: [3], threads: [1, 2] } as const;
    await benchSpeeds('train', { ...args, json, figure });
    const { speeds, task } = JSON.parse(readFileSync(json, 'utf8')) as SpeedsResult;
    assert.is(task, 'train');
    assert.equal(
      speeds.map(({ engine, threads, batchSize }) => [engine, threads, batchSize]),
      [
        ['wasm', 1, 3],
        ['wasm', 2, 3],
        ['reference', 1, 3],
      ],
    );
    for (const { imagesPerSecond, peakMebibytes, count } of speeds) {
      assert.ok(imagesPerSecond.median > 0);
      // the images alone are 45 MiB
      assert.ok(peakMebibytes > 45 && peakMebibytes < 4096);
      assert.ok(count >= 1);
    }
    assert.match(readFileSync(figure, 'utf8'), /^<svg .*<\/svg>\n$/s);
  }));

test('classification: the test images again and again', () =>
  inFolder(async (folder) => {
    const json = join(folder, 'speeds.json');
    const args = { ...usual, engines: ['wasm'], batchSizes: [5000], threads: [1] } as const;
    await benchSpeeds('infer', { ...args, json });
    const { speeds, task } = JSON.parse(readFileSync(json, 'utf8')) as SpeedsResult;
    assert.is(task, 'infer');
    assert.equal(
      // of two batches in a pass
      speeds.map(({ model, batchSize, count }) => [model, batchSize, count > 2]),
      [['mlp', 5000, true]],
    );
  }));

test.run();
