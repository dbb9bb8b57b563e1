/** What a terminal of 80 or 60 columns shows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { terminalTable } from '../../bench/matmul/ladder/table.ts';
import type { LadderResult } from '../../bench/matmul/ladder/climb.ts';
import { confusionTable, mistakeTable } from '../../src/cli/commands/evaluate/evaluation-tables.ts';
import { epochLine } from '../../src/cli/commands/train/epoch-line.ts';
import { fitBar } from '../../src/cli/framework/progress.ts';
import { terminalColumns } from '../../src/cli/framework/terminal-columns.ts';
import { widthOf } from '../../src/text-table.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { fullEvaluation } from '../../src/train/full-evaluation.ts';
import { metricsWith } from '../../src/train/history.ts';

const result = {
  epoch: 7,
  loss: 0.57123,
  ...metricsWith('accuracy', 0.79831),
  validation: { loss: 0.43121, ...metricsWith('accuracy', 0.8445) },
  learningRate: 0.001,
  seconds: 12.345,
  imagesPerSecond: 381_744,
};

test('the line of an epoch: whole, then shorter words, then without time, then without speed', () => {
  const whole =
    'epoch   7/100  loss 0.5712  accuracy 79.83 %  val_loss 0.4312  val_accuracy 84.45 %  12.35 s  381,744 images/s';
  const short = 'epoch   7/100  loss 0.5712  79.83%  val 0.4312  84.45%';
  assert.is(epochLine(result, 100, Infinity), whole);
  assert.is(epochLine(result, 100, whole.length), whole);
  assert.is(epochLine(result, 100, 80), `${short}  12.35 s  381,744/s`);
  assert.is(epochLine(result, 100, 66), `${short}  381,744/s`);
  assert.is(epochLine(result, 100, 60), short);
  assert.is(
    epochLine({ ...result, validation: null }, 9, 60),
    'epoch 7/9  loss 0.5712  79.83%  12.35 s  381,744/s',
  );
  for (let columns = 20; columns < 120; columns++) {
    assert.ok(epochLine(result, 100_000, columns).length <= columns);
  }
});

test('a bar gives way to what it measures, and both fit', () => {
  const details = ['loss 0.5712', 'accuracy 79.83 %', '381,744 images/s'];
  const at = (columns: number): string => fitBar('epoch 12/20', details, columns).shownDetails;
  assert.is(at(120), '  loss 0.5712  accuracy 79.83 %  381,744 images/s');
  assert.is(at(80), '  loss 0.5712  accuracy 79.83 %');
  assert.is(at(60), '  loss 0.5712');
  assert.is(at(40), '');
  for (const columns of [40, 60, 80, 120]) {
    const { barsize, shownDetails } = fitBar('epoch 12/20', details, columns);
    const line = `epoch 12/20 ${'█'.repeat(barsize)} 100%${shownDetails}  ETA 1h00m`;
    assert.ok(line.length < columns, line);
  }
});

test('a stream: its columns if it is a terminal, 80 if that does not know', () => {
  assert.is(terminalColumns({ isTTY: true, columns: 61 }), 61);
  assert.is(terminalColumns({ isTTY: true, columns: 0 }), 80);
});

test('the ladder as it was measured last', () => {
  const path = join(import.meta.dirname, '../../bench/results/ladder.json');
  const ladder = JSON.parse(readFileSync(path, 'utf8')) as LadderResult;
  assert.match(terminalTable(ladder, Infinity), /idea/);
  for (const columns of [80, 60]) {
    const table = terminalTable(ladder, columns);
    assert.ok(widthOf(table) <= columns, table);
    for (const { name } of ladder.rungs) assert.ok(table.includes(name), name);
  }
});

/** All classes confused in turn, 500 times each. */
function evaluationOf(classes: number): ReturnType<typeof fullEvaluation> {
  const count = 500 * classes;
  const labels = Tensor.from(
    'uint8',
    [count],
    Uint8Array.from({ length: count }, (_, i) => i % classes),
    'labels',
  );
  const predicted = Int32Array.from({ length: count }, (_, i) => (i + Math.floor(i / classes)) % classes);
  const probabilities = new Float32Array(count * classes).fill(1 / classes);
  const files = Array.from({ length: count }, (_, i) => `test/a class with a long name/IMG_2026_${i}.jpg`);
  return fullEvaluation(
    { loss: 1, ...metricsWith('accuracy', 0), r2: NaN, predicted, probabilities },
    { y: labels, files },
    Int32Array.from({ length: count }, (_, i) => i),
    Array.from({ length: classes }, (_, i) => `a class with a long name ${i}`),
  );
}

test('the tables of an evaluation: a matrix that does not fit becomes a list of pairs', () => {
  const before = process.env['COLUMNS'];
  try {
    for (const columns of [80, 60]) {
      process.env['COLUMNS'] = String(columns);
      for (const classes of [3, 10, 20]) {
        const evaluation = evaluationOf(classes);
        assert.ok(widthOf(mistakeTable(evaluation, 'images')) <= columns);
        assert.ok(widthOf(confusionTable(evaluation, 'images')) <= columns);
      }
    }
    assert.match(confusionTable(evaluationOf(10), 'images'), /^confusion matrix/);
    assert.match(confusionTable(evaluationOf(20), 'images'), /^most frequent confusions/);
  } finally {
    if (before === undefined) delete process.env['COLUMNS'];
    else process.env['COLUMNS'] = before;
  }
});

test.run();
