import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PeersResult } from '../../bench/peers.ts';
import type { PeerRow } from '../../bench/peers-race.ts';
import { conv2dTable, networksTable, productsTable, scalingTable } from '../../bench/peers-tables.ts';

const machine = { cpu: 'a processor', cores: 2, platform: 'linux x64', node: '26.0.0', v8: '14.6' };
const measured = 'Measured on: a processor, 2 cores, linux x64, Node 26.0.0, V8 14.6';

function timed(name: string, median: number, ratio: number | null): PeerRow {
  return {
    status: 'timed',
    name,
    threads: 1,
    version: '1.0',
    count: 5,
    speed: { median, p10: median - 1, p90: median + 1, best: median + 2 },
    ratio: ratio === null ? null : { ratio, range: [ratio - 0.5, ratio + 0.5] },
    ...(name === 'other' ? { differs: 'has another loss' } : {}),
  };
}

function result(what: PeersResult['what'], races: PeersResult['races']): PeersResult {
  return { machine, loadAverage: 0.21, what, rounds: 3, blockSeconds: 1, races };
}

test('networks: a row for each contender, why some have no figures, what differs, the machine', () => {
  const rows: PeerRow[] = [
    timed('weft', 4000, null),
    timed('other', 1000, 4),
    { status: 'failed', name: 'broken, 1 thread', reason: 'a|b' },
    { status: 'missing', name: 'absent', reason: 'npm ci' },
  ];
  const race = { subject: 'mlp', batchSize: 64, unit: 'images/s', rows } as const;
  assert.is(
    networksTable([result('step', [race])]),
    [
      '| network | batch | contender | images/s | p10 – p90 | weft is … times as fast |',
      '| --- | --- | --- | --: | --: | --: |',
      '| mlp | 64 | weft, 1 thread, 1.0 | 4,000 | 3,999 – 4,001 |  |',
      '| mlp | 64 | other, 1 thread, 1.0 | 1,000 | 999 – 1,001 | 4.00 (3.50 – 4.50) |',
      '| mlp | 64 | broken, 1 thread | – | – | not timed: a\\|b |',
      '| mlp | 64 | absent | – | – | not installed |',
      '',
      'other has another loss.',
      '',
      `${measured}; load average at the start 0.2.`,
    ].join('\n'),
  );
});

test('products: a column for each, a row for each contender, also for one that is missing in some', () => {
  const race = (subject: string, rows: PeerRow[]) =>
    ({ subject, batchSize: null, unit: 'GFLOP/s', rows }) as const;
  const races = [
    race('3×5×7', [timed('weft', 9.25, null), timed('peer', 2, 4.6)]),
    race('8×8×8', [timed('weft', 80, null), { status: 'failed', name: 'peer, 1 thread', reason: 'x' }]),
  ];
  assert.equal(productsTable(result('matmul', races)).split('\n').slice(0, 4), [
    '| GFLOP/s | 3×5×7 | 8×8×8 |',
    '| --- | --: | --: |',
    '| weft, 1 thread | 9.3 | 80.0 |',
    '| peer, 1 thread | 2.0 | – |',
  ]);
});

test('scaling and convolutions', () => {
  const speed = { median: 1500, p10: 1400, p90: 1600, best: 1700 };
  const point = {
    model: 'mlp',
    engine: 'wasm',
    batchSize: 16,
    threads: 2,
    count: 3,
    imagesPerSecond: speed,
    epochsPerSecond: 0.025,
    peakMebibytes: 250.4,
  };
  assert.is(
    scalingTable({ machine, loadAverage: 1, rounds: 3, points: [point] }).split('\n')[2],
    '| mlp | wasm | 2 | 16 | 1,500 | 1,400 – 1,600 | 0.0250 | 250 MiB |',
  );
  const row = {
    layer: 'conv2d_1',
    height: 28,
    width: 27,
    channels: 1,
    filters: 32,
    pass: 'dW',
    batch: 64,
    kernel: 'k',
    engine: 'wasm',
    threads: 2,
    imagesPerSecond: speed,
    directGflops: { median: 50, p10: 40, p90: 60, best: 70 },
    peakGflops: 100,
    checked: true,
    machine,
  } as const;
  const lines = conv2dTable([row]).split('\n');
  // a quarter of the peak of two threads
  assert.is(lines[2], '| conv2d_1 dW | 28×27×1 → 32 | 2 | 1,500 | 50.0 | 40.0 – 60.0 | 25 |');
  assert.is(lines.at(-1), `${measured}.`);
});

test.run();
