import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rightPredictions } from '../../../src/report/run/sections/predictions.ts';
import { parseHistory } from '../../../src/run/history.ts';
import { bestEpoch } from '../../../src/train/history.ts';
import { settingRows } from '../../../src/report/run/sections/settings.ts';
import { heatMap } from '../../../src/report/svg/heat-map.ts';
import { lineChart } from '../../../src/report/svg/line-chart.ts';
import { reliabilityDiagram } from '../../../src/report/svg/reliability-diagram.ts';
import { paperTheme } from '../../../src/report/svg/theme.ts';

test('history: columns by name, what is unknown left aside; the best epoch is the first of equals', () => {
  const history = parseHistory(
    'epoch,new,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds,images_per_second\n' +
      '1,x,0.9,0.5,0.7,0.6,1e-3,2.5,100\n2,x,0.8,0.6,0.6,0.7,1e-3,2,125\n3,x,0.7,0.7,0.6,0.65,5e-4,2,125\n',
  );
  assert.equal(history[0], {
    epoch: 1,
    loss: 0.9,
    accuracy: 0.5,
    meanAbsoluteError: NaN,
    validation: { loss: 0.7, accuracy: 0.6, meanAbsoluteError: NaN },
    learningRate: 0.001,
    seconds: 2.5,
    imagesPerSecond: 100,
  });
  assert.is(bestEpoch(history), 2);
  assert.equal(parseHistory('epoch,loss\n'), []);
  assert.is(bestEpoch([]), null);
});

test('right predictions: the first of each class, then the second of each', () => {
  const of = (index: number, actual: number, predicted = actual) => ({
    index,
    actual,
    predicted,
    probability: 1,
  });
  const all = [of(0, 1), of(1, 1), of(2, 0, 1), of(3, 0), of(4, 1), of(5, 0)];
  assert.equal(
    rightPredictions(all).map(({ index }) => index),
    [0, 3, 1, 5, 4],
  );
});

test('settings: words for names, groups, lists; layers are left out', () => {
  assert.equal(
    settingRows({
      batchSize: 64,
      layers: [1],
      limit: null,
      augment: { flip: false },
      rates: [1, 2],
      'l2-x': 'a',
    }),
    [
      ['batch size', '64'],
      ['limit', '–'],
      ['augment flip', 'no'],
      ['rates', '[1,2]'],
      ['l2 x', 'a'],
    ],
  );
});

test('heat map: the colour follows the root of the share of the row, and an empty row has none', () => {
  const { body } = heatMap([[12, 4], [0, 0]], ['a', 'b'], 'down', 'across', paperTheme); // prettier-ignore
  const opacities = [...body.matchAll(/fill-opacity="([^"]+)"/g)].map(([, opacity]) => Number(opacity));
  // 0.55·√(3/4), 0.55·√(1/4)
  assert.equal(opacities, [0.48, 0.28, 0, 0]);
  assert.equal([...body.matchAll(/>(\d+)</g)].map(([, count]) => count), ['12', '4', '0', '0']); // prettier-ignore
});

test('heat map of many classes: a square for each count above 0, in steps of colour', () => {
  const counts = Array.from({ length: 30 }, (_, row) =>
    Array.from({ length: 30 }, (_, column) => (row === column ? 3 : column === 2 * row ? 1 : 0)),
  );
  const { body, width, height } = heatMap(counts, counts.map(String), 'down', 'across', paperTheme);
  const paths = [...body.matchAll(/<path d="([^"]+)" .*fill-opacity="([^"]+)"/g)];
  const squares = paths.map(([, path, opacity]) => [Number(opacity), path!.split('M').length - 1]);
  // row 0 has only its 3; rows 1 to 14 have 3 and 1: √0.25 = 0.5, √0.75 = 0.87; rows 15 to 29 only 3
  assert.equal(squares, [
    [0.5, 14],
    [0.9, 14],
    [1, 16],
  ]);
  // cells of 640 / 30 pixels, 21: the one of row 3, column 6
  assert.ok(paths[0]![1]!.includes(`M${64 + 6 * 21} ${48 + 3 * 21}h21v21h-21z`));
  assert.equal([width, height], [64 + 630 + 2, 48 + 630 + 2]);
});

test('line chart: points stand where their values say; one epoch stands in the middle', () => {
  const chart = (x: number[], values: number[]): string =>
    lineChart({ title: 't', x, xName: 'x', series: [{ name: 's', values }] }, paperTheme);
  // the frame is 56 to 466 across and 270 to 66 down; the last path is the series'
  const path = (text: string): string => [...text.matchAll(/<path d="(M[^"]*)" fill="none"/g)].at(-1)![1]!;
  assert.is(path(chart([1, 2, 3], [0, 10, 5])), 'M56,270L261,66L466,168');
  const single = chart([7], [4]);
  assert.match(single, /<circle cx="261" cy="168"/);
  assert.match(single, /<text x="261" [^>]*>7</);
  const labels = (text: string): string[] =>
    [...text.matchAll(/>([\d.,]+)<\/text>/g)].map(([, label]) => label!);
  assert.ok(
    labels(chart([1, 2], [0, 10]))
      .join(' ')
      .endsWith('1 2'),
    'no halves between whole numbers',
  );
});

test('reliability diagram: a bar as high as the share that is right, a ring at the mean probability', () => {
  const bin = { from: 0.5, to: 0.75, count: 4, confidence: 0.6, accuracy: 0.25 };
  const empty = { from: 0.75, to: 1, count: 0, confidence: NaN, accuracy: NaN };
  const body = reliabilityDiagram([bin, empty], paperTheme);
  // across 52 to 418, down 390 to 32; a pixel free on either side
  assert.match(body, /<rect x="236" y="300.5" width="89.5" height="89.5"/);
  assert.match(body, /<circle cx="271.6" cy="300.5"/);
  assert.is(body.match(/<rect/g)!.length, 1);
  assert.not.match(body, /NaN/);
});

test.run();
