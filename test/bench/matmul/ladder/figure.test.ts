import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LadderResult, RungResult } from '../../../../bench/matmul/ladder/climb.ts';
import { ladderFigure } from '../../../../bench/matmul/ladder/figure.ts';

function rung(name: string, gflops: number | null, parts: Partial<RungResult> = {}): RungResult {
  const speed = { median: gflops!, p10: gflops!, p90: gflops!, best: gflops!, samples: 1 };
  return {
    name,
    family: 'TypeScript',
    idea: 'a < b & c',
    threads: 1,
    unavailable: null,
    speeds: gflops === null ? [{ size: 64, skipped: 'too slow' }] : [{ size: 64, gflops: speed }],
    ...parts,
  };
}

const result: LadderResult = {
  machine: {},
  otherWork: { busyCores: 0, delay: 1 },
  threads: 2,
  peakGflops: 100,
  peakLanes: 8,
  adapter: null,
  sizes: [64],
  rungs: [
    rung('first', 1),
    rung('second', 10),
    rung('skipped', null),
    rung('third', 100, { family: 'WebAssembly' }),
    rung('engine-x', 200, { family: 'WebAssembly', threads: 2 }),
  ],
};

/** Where the dots are, from the left of the plot and from its top. */
function dots(svg: string): [number, number][] {
  return [...svg.matchAll(/<path transform="translate\(([\d.]+) ([\d.]+)\)"/g)].map((match) => [
    Number(match[1]),
    Number(match[2]),
  ]);
}

test('a dot for each rung with a speed; equal factors are equal steps, and the rows go down', () => {
  const svg = ladderFigure(result);
  const [first, second, third, engine] = dots(svg);
  assert.is(dots(svg).length, 4);
  assert.not.match(svg, 'skipped');
  const left = Number(/<path d="M(\d+) \d+H/.exec(svg)![1]);
  assert.is(first![0], left, 'the axis begins at the power of ten below');
  const decade = second![0] - first![0];
  assert.ok(decade > 50);
  assert.ok(Math.abs(third![0] - second![0] - decade) < 0.2);
  assert.ok(Math.abs(engine![0] - third![0] - decade * Math.log10(2)) < 0.2);
  assert.ok(first![1] < second![1] && second![1] < third![1] && third![1] < engine![1]);
});

test('the figure shows the rungs on a GPU, but not those on an adapter in software', () => {
  const onGpu = { ...result, rungs: [...result.rungs, rung('on a GPU', 50, { family: 'gpu.js' })] };
  for (const [software, count] of [
    [false, 5],
    [true, 4],
    [null, 4],
  ] as const) {
    assert.is(dots(ladderFigure({ ...onGpu, adapter: { name: 'x', software } })).length, count);
  }
});

test('labels: the speed, how many times the first, the peaks of one and of all threads; text is escaped', () => {
  const svg = ladderFigure(result);
  for (const label of ['1.0 (1.0 ×)', '10.0 (10.0 ×)', '100 (100 ×)', '200 (200 ×)']) {
    assert.match(svg, `>${label}</text>`);
  }
  const peaks = [...svg.matchAll(/<path d="M([\d.]+) \d+V\d+" [^>]*stroke-dasharray/g)].map(([, x]) =>
    Number(x),
  );
  assert.is(peaks.length, 2);
  const [, , third, engine] = dots(svg);
  assert.equal(peaks, [third![0], engine![0]], 'where 100 and 200 are');
  assert.match(svg, '>peak of 1 thread</text>');
  assert.match(svg, '>peak of 2 threads</text>');
  assert.match(svg, 'a &lt; b &amp; c');
  assert.match(svg, 'Products of 64 × 64 matrices');
  assert.not.match(ladderFigure({ ...result, peakGflops: null }), 'peak of');
});

test.run();
