import { readFileSync, rmSync, writeFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FullEvaluation } from '../../src/train/full-evaluation.ts';
import { cliFolder } from '../helpers/cli.ts';

const folder = cliFolder();
const { data, weft } = folder;
const l2 = ['--l2', '0.01', '--limit', '200', '--validation-split', '0.15'];
test.before(() => {
  const args = ['--data', data, '--epochs', '2', '--engine', 'reference', '--out', 'run', '--no-report'];
  const { status, stderr } = weft('train', '--quiet', ...args, ...l2);
  assert.is(status, 0, stderr);
});
test.after(() => folder.remove());

type Json = FullEvaluation & { event: string; dataset: string; part: string; engine: { name: string } };

function evaluateJson(...args: string[]): Json {
  const { status, stdout, stderr } = weft('evaluate', 'run', '--json', '--engine', 'reference', ...args);
  assert.is(status, 0, stderr);
  assert.is(stderr, '');
  return JSON.parse(stdout) as Json;
}

test('loss and accuracy are those that the run has written down, and so is all the rest', () => {
  const { event, dataset, part, engine, ...found } = evaluateJson();
  assert.equal([event, dataset, part, engine.name], ['evaluation', 'data', 'test', 'reference']);
  const { test: stored, confusion } = JSON.parse(
    readFileSync(join(folder.path, 'run/metrics.json'), 'utf8'),
  ) as {
    test: { mistakes: readonly { actual: number; predicted: number }[] };
    confusion: number[][];
  };
  const names = found.classes.map(({ name }) => name);
  const mistakes = stored.mistakes.map((mistake) => ({
    ...mistake,
    actualClass: names[mistake.actual],
    predictedClass: names[mistake.predicted],
  }));
  assert.equal({ ...found, run: undefined }, { ...stored, mistakes, confusion, run: undefined });
  assert.is(found.examples, 50);
  assert.is(
    found.confusion.flat().reduce((a, b) => a + b),
    50,
  );
  assert.is(found.mistakes.length, Math.min(20, Math.round(50 * (1 - found.accuracy))));
});

test('--tta: the outputs are those of the images and of their mirror images, which no other command says', () => {
  const plain = evaluateJson();
  const { stdout } = weft('evaluate', 'run', '--json', '--engine', 'reference', '--tta');
  const both = JSON.parse(stdout) as Json & { tta?: boolean };
  assert.is(both.tta, true);
  assert.is('tta' in plain, false);
  assert.ok(Math.abs(both.loss - plain.loss) > 1e-4);
  const told = weft('evaluate', 'run', '--quiet', '--engine', 'reference', '--tta');
  assert.match(told.stderr, /^weft: this run was trained without --flip: .*--tta may make it worse\n$/);
  const predicted = weft('predict', 'run', '--test', '0-3', '--json', '--engine', 'reference', '--tta');
  assert.is(predicted.status, 0, predicted.stderr);
  const alone = weft('predict', 'run', '--test', '0-3', '--json', '--engine', 'reference');
  assert.is.not(predicted.stdout, alone.stdout);
});

test('--ema: the run validates the average of its weights, and has it in its file', () => {
  const args = ['--data', data, '--epochs', '2', '--engine', 'reference', '--out', 'averaged', '--no-report'];
  const { status, stderr } = weft('train', '--quiet', ...args, ...l2, '--ema', '0.5');
  assert.is(status, 0, stderr);
  const { stdout } = weft('evaluate', 'averaged', '--json', '--engine', 'reference', '--part', 'validation');
  const [, last] = readFileSync(join(folder.path, 'averaged/history.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  assert.is(String((JSON.parse(stdout) as Json).loss), last!.split(',')[3]);
  const config = JSON.parse(readFileSync(join(folder.path, 'averaged/config.json'), 'utf8')) as {
    ema: number;
  };
  assert.is(config.ema, 0.5);
  const plain = readFileSync(join(folder.path, 'run/model.safetensors'));
  assert.is(readFileSync(join(folder.path, 'averaged/model.safetensors')).equals(plain), false);
  const wrong = weft('train', '--ema', '1.5', '--out', 'wrong');
  assert.is(wrong.status, 2);
  assert.match(wrong.stderr, /--ema/);
  const two = weft('train', '--ema', '0.5', '--swa', '0.5', '--out', 'wrong');
  assert.is(two.status, 2);
  assert.match(two.stderr, /^weft: --ema and --swa are two ways to average the weights: give one of them\n/);
});

test('--part: what was kept for validation has the loss of the last epoch; the training images are the others', () => {
  const validation = evaluateJson('--part', 'validation');
  const [, last] = readFileSync(join(folder.path, 'run/history.csv'), 'utf8').trim().split('\n').slice(1);
  assert.is(String(validation.loss), last!.split(',')[3]);
  assert.is(String(validation.accuracy), last!.split(',')[4]);
  assert.equal([validation.examples, validation.part], [30, 'validation']);
  assert.ok(validation.mistakes.every(({ index }) => index >= 170 && index < 200));
  const train = evaluateJson('--part', 'train');
  assert.is(train.examples, 170);
  assert.ok(train.mistakes.every(({ index }) => index < 170));
});

test('--data: the same network on other images; --engine and --threads say what computes', () => {
  const other = join(folder.path, 'other');
  cpSync(data, other, { recursive: true });
  const labels = join(other, 't10k-labels-idx1-ubyte');
  const bytes = readFileSync(labels);
  for (let i = 8; i < bytes.length; i++) bytes[i] = (bytes[i]! + 1) % 10;
  writeFileSync(labels, bytes);
  const [own, shifted] = [evaluateJson(), evaluateJson('--data', other)];
  assert.is(shifted.dataset, 'other');
  assert.equal(
    shifted.confusion.map((_, actual) => shifted.confusion[(actual + 1) % 10]),
    own.confusion,
    'every image has the next class for its true one',
  );
  const { stdout } = weft('evaluate', 'run', '--engine', 'wasm', '--threads', '1');
  assert.match(stdout, /^engine {2}wasm: .*, 1 thread \(asked for\)$/m);
});

test('text: tables of classes, confusions, calibration and mistakes; the last line sums up', () => {
  const { status, stdout, stderr } = weft('evaluate', 'run');
  assert.is(status, 0, stderr);
  for (const line of [
    /^data {4}data: 50 test images$/m,
    /^│ class +│ precision │ recall │ +F1 │ images │$/m,
    /^│ macro mean +│/m,
    /^│ weighted mean +│/m,
    /^confusion matrix: true class down, predicted class across$/m,
    /^│ 9 9 +│/m,
    /^calibration$/m,
    /^most confident mistakes$/m,
    /\ntest loss \d\.\d{4}, accuracy \d+\.\d\d %, top-2 accuracy \d+\.\d\d %, ECE 0\.\d{4}\n$/,
  ]) {
    assert.match(stdout, line);
  }
  assert.match(weft('evaluate', 'run', '--quiet').stdout, /^test loss [^\n]*\n$/);
});

test('the help page says what the numbers mean', () => {
  const { stdout } = weft('evaluate', '--help');
  for (const term of ['top-2 accuracy', 'macro mean', 'ECE', 'Guo et al., 2017'])
    assert.ok(stdout.includes(term), term);
});

const mistakes: readonly (readonly [string[], number, RegExp])[] = [
  [[], 2, /^weft: expected evaluate <run>; see --help\n$/],
  [['nowhere'], 1, /^weft: nowhere: no such folder; expected the folder of a run\n$/],
  [['run', '--part', 'all'], 2, /^weft: Invalid values: Argument: part, Given: "all"/],
  [['run', '--threads', '0'], 2, /^weft: --threads: expected a whole number from 1 to 64, got "0"\n$/],
  [['run', '--data', 'nowhere'], 1, /^weft: nowhere: no such folder\n$/],
  [['run', 'run'], 2, /^weft: unexpected argument run; expected evaluate <run>; see --help\n$/],
];
for (const [args, expected, message] of mistakes) {
  test(`one line, status ${expected}: evaluate ${args.join(' ')}`, () => {
    const { status, stdout, stderr } = weft('evaluate', ...args);
    assert.match(stderr, message);
    assert.match(stderr, /^[^\n]*\n$/);
    assert.is(status, expected);
    assert.is(stdout, '');
  });
}

test('a run without validation images has none to evaluate', () => {
  const copy = join(folder.path, 'copy');
  cpSync(join(folder.path, 'run'), copy, { recursive: true });
  const file = join(copy, 'config.json');
  const configuration = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...configuration, validationSplit: 0 }));
  const { status, stderr } = weft('evaluate', 'copy', '--part', 'validation');
  assert.is(status, 2);
  assert.is(stderr, 'weft: --part validation: the run copy has no such images\n');
  rmSync(copy, { recursive: true });
});

test.run();
