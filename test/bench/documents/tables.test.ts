import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { convolutionsTable, productsTable } from '../../../bench/documents/kernel-tables.ts';
import { markdownTable, measuredOn, withRange } from '../../../bench/documents/markdown.ts';
import { scalingTable, speedsTable } from '../../../bench/documents/network-tables.ts';
import { detailsTable, racesOfProductsTable, racesTable } from '../../../bench/documents/race-tables.ts';
import type { NetworkSpeed, SpeedsResult } from '../../../bench/networks/speeds.ts';
import type { ContenderRow, Race } from '../../../bench/race/contenders.ts';
import type { RaceResult } from '../../../bench/race/race.ts';

const machine = { cpu: 'a processor', cores: 2, platform: 'linux x64', node: '26.0.0', v8: '14.6' };
const conditions = { machine, otherWork: { busyCores: 0.014, delay: 1 } };
const measured =
  'Measured on: a processor, 2 cores, linux x64, Node 26.0.0, V8 14.6; other work when it began: 0.01 cores.';

test('parts: a vertical bar is escaped, large numbers have fewer digits, a busy machine is mentioned', () => {
  assert.is(markdownTable(['a|b', 'c'], [['d', 1]], 1), '| a\\|b | c |\n| --- | --: |\n| d | 1 |');
  assert.is(withRange(2.345, [1, 9.999]), '2.35 (1.00 – 10.00)');
  assert.is(withRange(23.45, [1.26, 99]), '23.4 (1.3 – 99.0)');
  assert.is(withRange(234.5, [100.4, 300]), '235 (100 – 300)');
  assert.is(measuredOn(conditions), measured);
  assert.match(
    measuredOn({ machine, otherWork: { busyCores: 1.5, delay: 1 } }),
    /V8 14.6; the machine is busy \(1.50 cores; .* makes every figure here worse\.$/,
  );
});

function timed(name: string, median: number, ratio: number | null): ContenderRow {
  return {
    status: 'timed',
    name,
    threads: 1,
    version: `${name} 1.0`,
    count: 5,
    speed: { median, p10: median - 1, p90: median + 1, best: median + 2 },
    ratio: ratio === null ? null : { ratio, range: [ratio - 0.5, ratio + 0.5] },
    ...(name === 'other' ? { differs: 'has another loss' } : {}),
  };
}

function result(what: RaceResult['what'], races: RaceResult['races']): RaceResult {
  return { ...conditions, what, rounds: 3, blockSeconds: 1, races };
}

function race(subject: string, batchSize: number | null, rows: ContenderRow[]): Race {
  return { subject, batchSize, unit: batchSize === null ? 'GFLOP/s' : 'images/s', rows };
}

const failed: ContenderRow = { status: 'failed', name: 'broken, 1 thread', reason: 'a|b' };
const missing: ContenderRow = { status: 'missing', name: 'absent', reason: 'npm ci' };
const races = [
  race('mlp', 64, [timed('weft', 4000, null), timed('other', 1000, 4), failed, missing]),
  race('cnn', 64, [timed('weft', 400, null), timed('broken', 10, 40)]),
];

test('races: a row for each contender, two columns for each network; contenders that failed or are missing', () => {
  const results = [result('step', races)];
  assert.equal(racesTable(results, 'images/s').split('\n'), [
    '| images/s | mlp | weft is × as fast | cnn | weft is × as fast |',
    '| --- | --: | --: | --: | --: |',
    '| weft, 1 thread | 4,000 |  | 400 |  |',
    '| other, 1 thread | 1,000 | 4.00 (3.50 – 4.50) | – | – |',
    '| broken, 1 thread | cannot | – | 10.0 | 40.0 (39.5 – 40.5) |',
    '| absent | not installed | – | – | – |',
  ]);
  const twoSizes = [race('mlp', 256, [timed('weft', 9, null)]), race('mlp', 1, [timed('weft', 3, null)])];
  assert.is(
    racesTable([result('inference', twoSizes)], 'images/s').split('\n')[0],
    '| images/s | mlp, batch 256 | weft is × as fast | mlp, batch 1 | weft is × as fast |',
  );
});

test('details: version, spread, why some have no figures, how a contender differs, the machine', () => {
  assert.is(
    detailsTable([result('step', races.slice(0, 1))]),
    [
      '| network | batch | contender | what ran | images/s | p10 – p90 |',
      '| --- | --- | --- | --- | --: | --: |',
      '| mlp | 64 | weft, 1 thread | weft 1.0 | 4,000 | 3,999 – 4,001 |',
      '| mlp | 64 | other, 1 thread | other 1.0 | 1,000 | 999 – 1,001 |',
      '| mlp | 64 | broken, 1 thread | not timed: a\\|b | – | – |',
      '| mlp | 64 | absent | not installed | – | – |',
      '',
      'other has another loss.',
      '',
      measured,
    ].join('\n'),
  );
});

test('products of several libraries: a column for each, a row for each contender, also for one that is missing in some', () => {
  const products = [
    race('3×5×7', null, [timed('weft', 9.25, null), timed('broken', 2, 4.6)]),
    race('8×8×8', null, [timed('weft', 80, null), failed]),
  ];
  assert.equal(racesOfProductsTable(result('matmul', products)).split('\n').slice(0, 4), [
    '| GFLOP/s | 3×5×7 | 8×8×8 |',
    '| --- | --: | --: |',
    '| weft, 1 thread | 9.3 | 80.0 |',
    '| broken, 1 thread | 2.0 | – |',
  ]);
});

const speed = { median: 1500, p10: 1400, p90: 1600, best: 1700 };

function networkSpeed(threads: number, batchSize: number, median: number): NetworkSpeed {
  const imagesPerSecond = { ...speed, median };
  return {
    model: 'mlp',
    engine: 'wasm',
    batchSize,
    threads,
    count: 3,
    imagesPerSecond,
    peakMebibytes: 250.4,
  };
}

test('speeds of networks: a row for each; over batch sizes, a row for each size and columns for threads', () => {
  const speeds = [networkSpeed(1, 16, 1500), networkSpeed(2, 16, 3000), networkSpeed(1, 64, 1501)];
  const speedsResult: SpeedsResult = { ...conditions, task: 'train', rounds: 3, speeds };
  assert.is(
    speedsTable(speedsResult).split('\n')[2],
    '| mlp | wasm | 1 | 16 | 1,500 | 1,400 – 1,600 | 0.0250 | 250 MiB |',
  );
  const all = [...speeds, networkSpeed(2, 64, 9000)];
  assert.equal(
    scalingTable({ ...speedsResult, speeds: all })
      .split('\n')
      .slice(0, 4),
    [
      '| batch | images/s, 1 thread | p10 – p90 | images/s, 2 threads | p10 – p90 |',
      '| --: | --: | --: | --: | --: |',
      '| 16 | 1,500 | 1,400 – 1,600 | 3,000 | 1,400 – 1,600 |',
      '| 64 | 1,501 | 1,400 – 1,600 | 9,000 | 1,400 – 1,600 |',
    ],
  );
});

test('kernels: shares are of the peak of all threads; beside OpenBLAS where it was measured', () => {
  const engine = { engine: 'wasm', description: 'd', threads: 2, peakGflops: 100 };
  const shape = { use: 'a product', m: 3, k: 5, n: 7, transposeA: false, transposeB: false };
  const gflops = { median: 50, p10: 40, p90: 60, best: 70 };
  const openblas = { gflops, ratio: { ratio: 1.234, range: [1, 2] } } as const;
  const rows = [
    { ...shape, kernel: 'k', gflops },
    { ...shape, kernel: 'k', gflops, openblas },
  ];
  assert.equal(
    productsTable({ ...conditions, ...engine, rows })
      .split('\n')
      .slice(2),
    [
      '| a product | 3 | 5 | 7 | 50.0 | 70.0 | 25 | – | – | – |',
      '| a product | 3 | 5 | 7 | 50.0 | 70.0 | 25 | 50.0 | 70.0 | 1.23 (1.00 – 2.00) |',
      '',
      `${measured} Peak of one thread, multiply-adds on registers alone: 100 GFLOP/s.`,
    ],
  );
  const convolution = {
    layer: 'conv2d_1',
    height: 28,
    width: 27,
    channels: 1,
    filters: 32,
    pass: 'dW',
    batch: 64,
    kernel: 'k',
    imagesPerSecond: speed,
    directGflops: gflops,
  } as const;
  assert.is(
    convolutionsTable({ ...conditions, ...engine, rows: [convolution] }).split('\n')[2],
    '| conv2d_1 dW | 28×27×1 → 32 | 1,500 | 50.0 | 40.0 – 60.0 | 25 |',
  );
});

test.run();
