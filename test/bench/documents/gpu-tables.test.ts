import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CardResult, cardSlug } from '../../../bench/card/result.ts';
import { fastestLayout } from '../../../bench/card/pytorch.ts';
import {
  cardProductsTable,
  cardRungsTable,
  cardStepDetailsTable,
  cardStepsTable,
  forEachCard,
} from '../../../bench/documents/gpu-tables.ts';

function spreadOf(median: number) {
  return { median, p10: median - 10, p90: median + 10, best: median + 20 };
}

function steps(model: string, batchSize: number, median: number): CardResult['steps'][number] {
  return {
    model,
    batchSize,
    losses: { gpu: [2.3], wasm: [2.3] },
    imagesPerSecond: spreadOf(median),
    hostMicroseconds: 41.6,
    dispatches: 18,
    barriers: 12,
  };
}

const alone: CardResult = {
  machine: { cpu: 'a processor', cores: 16, platform: 'linux x64', node: '26.0.0', v8: '14.6' },
  otherWork: { busyCores: 0, delay: 1 },
  card: 'A Card 80GB',
  driver: 'a driver 1.2',
  software: false,
  comparedWith: 'WebAssembly',
  steps: [steps('mlp', 64, 500_000), steps('mlp', 512, 2_000_000)],
  products: [
    { size: 64, rule: { tile: '8x8', gflops: 12.3456 }, measured: { tile: '16x16', gflops: 25 } },
    { size: 4096, rule: { tile: '128x64', gflops: 30_000 }, measured: { tile: '128x64', gflops: 30_000 } },
  ],
  rungs: [
    { name: '11-gpu', idea: 'an idea', speeds: [{ size: 512, gflops: 1.5 }] },
    {
      name: '14-gpu',
      idea: 'another',
      speeds: [
        { size: 512, gflops: 3000 },
        { size: 1024, gflops: 5000 },
      ],
    },
  ],
  pytorch: null,
};

const beside: CardResult = {
  ...alone,
  pytorch: {
    version: 'PyTorch 2, CUDA 12',
    card: 'A Card 80GB',
    products: [{ size: 64, gflops: 100 }],
    steps: (['eager', 'fused'] as const).map((form) => ({
      model: 'mlp',
      batchSize: 64,
      form,
      layout: 'channels_last',
      imagesPerSecond: spreadOf(form === 'eager' ? 40_000 : 100_000),
    })),
  },
};

test('steps on a card: beside the forms of PyTorch that were measured, with the card and its driver', () => {
  assert.equal(cardStepsTable(beside).split('\n'), [
    '| images/s in training | batch | weft | PyTorch eager | weft is × | fused Adam | weft is × | CUDA graph | weft is × | host, µs a step |',
    '| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |',
    '| mlp | 64 | 500,000 | 40,000 | 13 | 100,000 | 5.0 | – | – | 42 |',
    '| mlp | 512 | 2,000,000 | – | – | – | – | – | – | 42 |',
    '',
    'On: A Card 80GB, a driver 1.2, PyTorch 2, CUDA 12. Measured on: a processor, 16 cores, linux x64, Node 26.0.0, V8 14.6; other work when it began: 0.00 cores.',
  ]);
  const lines = cardStepsTable(alone).split('\n');
  assert.is(lines[2], '| mlp | 64 | 500,000 | – | – | – | – | – | – | 42 |');
  assert.match(lines.at(-1)!, 'a driver 1.2; PyTorch was not measured. Measured on');
});

test('details of steps: dispatches, spreads, and the layout that PyTorch was faster in', () => {
  assert.equal(cardStepDetailsTable(beside).split('\n').slice(2), [
    '| mlp | 64 | weft | 18 dispatches, 12 barriers | 500,000 | 499,990 – 500,010 |',
    '| mlp | 512 | weft | 18 dispatches, 12 barriers | 2,000,000 | 1,999,990 – 2,000,010 |',
    '| mlp | 64 | PyTorch, eager | channels_last | 40,000 | 39,990 – 40,010 |',
    '| mlp | 64 | PyTorch, fused Adam | channels_last | 100,000 | 99,990 – 100,010 |',
  ]);
  assert.is(cardStepDetailsTable(alone).split('\n').length, 4);
});

test('products and rungs on a card: a dash for what was not measured', () => {
  assert.equal(cardProductsTable(beside).split('\n').slice(2), [
    '| 64 | 25.0 | `16x16` | 100 | 25 |',
    '| 4096 | 30,000 | `128x64` | – | – |',
  ]);
  assert.equal(cardRungsTable(alone).split('\n'), [
    '| rung | idea | GFLOP/s, n = 512 | GFLOP/s, n = 1024 |',
    '| --- | --- | --: | --: |',
    '| 11-gpu | an idea | 1.50 | – |',
    '| 14-gpu | another | 3,000 | 5,000 |',
  ]);
});

test('a part for each card under its name; without any, a line that says so', () => {
  assert.is(
    forEachCard([], cardRungsTable),
    'No GPU has been measured yet: `npm run bench -- gpu` measures the one of your machine.',
  );
  const other = { ...alone, card: 'B' };
  assert.is(
    forEachCard([alone, other], ({ card }) => `table of ${card}`),
    '**A Card 80GB**\n\ntable of A Card 80GB\n\n**B**\n\ntable of B',
  );
});

test('the file of a card has its name in small letters; PyTorch counts in its faster layout', () => {
  assert.is(cardSlug('NVIDIA H100 80GB HBM3'), 'nvidia-h100-80gb-hbm3');
  assert.is(cardSlug('(Radeon™ RX 7900/XT)'), 'radeon-rx-7900-xt');
  const { layout, imagesPerSecond } = fastestLayout({ contiguous: [90, 2, 3], channels_last: [1, 5, 6] });
  assert.is(layout, 'channels_last');
  assert.is(imagesPerSecond.median, 5);
});

test.run();
