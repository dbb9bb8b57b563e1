import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cliFolder, type Outcome } from '../helpers/cli.ts';

const folder = cliFolder();
const findLr = (...args: string[]): Outcome =>
  folder.weft('find-lr', '--data', folder.data, '--engine', 'reference', '--batch-size', '16', ...args);
test.after(() => folder.remove());

const files = ['learning-rate.csv', 'learning-rate.png', 'learning-rate.svg'];

test('leaves a chart and the numbers, and prints the rate as a flag that train takes', () => {
  const { status, stdout, stderr } = findLr('--steps', '60', '--to', '0.1', '--out', 'found');
  assert.is(status, 0, stderr);
  assert.is(stderr, '', 'no progress of what takes less than a second');
  assert.equal(readdirSync(join(folder.path, 'found')).toSorted(), files);
  assert.match(stdout, /^network {2}mlp, adam, batches of 16$/m);
  assert.match(stdout, /^\d\.\d\d ┤/m);
  const [, flags] = /^where the loss falls fastest: npm run train -- (--learning-rate \S+)$/m.exec(stdout)!;
  assert.match(stdout, /^written to found: learning-rate\.csv, learning-rate\.svg, learning-rate\.png$/m);

  const rows = readFileSync(join(folder.path, 'found/learning-rate.csv'), 'utf8').trimEnd().split('\n');
  assert.is(rows[0], 'step,learning_rate,loss,smoothed_loss');
  assert.match(rows[1]!, /^1,0\.000001,/);
  assert.match(rows[60]!, /^60,0\.1/);
  const png = PNG.sync.read(readFileSync(join(folder.path, 'found/learning-rate.png')));
  assert.ok(png.width >= 480 && 2 * png.width === 3 * png.height, `${png.width}×${png.height}`);

  const trained = folder.weft(
    'train',
    '--data',
    folder.data,
    '--engine',
    'reference',
    '--epochs',
    '3',
    '--quiet',
    '--out',
    'run',
    ...flags!.split(' '),
  );
  assert.is(trained.status, 0, trained.stderr);
});

test('the options of the training are followed: a preset, and flags beside it', () => {
  const args = [
    '--preset',
    'fast',
    '--limit',
    '40',
    '--steps',
    '12',
    '--from',
    '1e-5',
    '--to',
    '0.1',
    '--seed',
    '4',
  ];
  const { status, stdout, stderr } = findLr(...args, '--out', 'preset', '--json');
  assert.is(status, 0, stderr);
  assert.is(stderr, '');
  const found = JSON.parse(stdout) as {
    event: string;
    steps: number;
    points: readonly { learningRate: number; loss: number }[];
  };
  assert.equal([found.event, found.steps, found.points.length], ['find-lr', 12, 12]);
  assert.ok(Math.abs(found.points[0]!.learningRate / 1e-5 - 1) < 1e-9);
  const other = findLr(...args.slice(0, -1), '5', '--out', 'seed', '--json');
  assert.is.not((JSON.parse(other.stdout) as typeof found).points[0]!.loss, found.points[0]!.loss);
});

test('where the loss explodes, the test ends; where it never falls, nothing is suggested', () => {
  const exploded = findLr(
    '--optimizer',
    'sgd',
    '--from',
    '0.001',
    '--to',
    '1e6',
    '--steps',
    '50',
    '--out',
    'high',
  );
  assert.is(exploded.status, 0, exploded.stderr);
  assert.match(exploded.stdout, /^the loss exploded at \S+, step \d+ of 50$/m);
  const still = findLr(
    '--optimizer',
    'sgd',
    '--from',
    '1e-300',
    '--to',
    '1e-299',
    '--limit',
    '20',
    '--validation-split',
    '0.2',
    '--steps',
    '10',
    '--out',
    'low',
    '--quiet',
  );
  assert.match(still.stdout, /^the loss fell at no rate: nothing to suggest/);
});

test('--init: the test begins with the weights of a file', () => {
  const firstLoss = (...args: string[]): number => {
    const { stdout } = findLr('--steps', '10', '--to', '1e-3', '--json', ...args);
    return (JSON.parse(stdout) as { points: readonly { loss: number }[] }).points[0]!.loss;
  };
  const trained = firstLoss('--init', join('run', 'model.safetensors'), '--out', 'init');
  assert.ok(trained < firstLoss('--out', 'fresh') - 0.05);
  const { status, stderr } = findLr('--init', 'none.safetensors', '--out', 'none');
  assert.is(status, 1);
  assert.match(stderr, /^weft: none\.safetensors: cannot read weights: /);
  assert.not.ok(existsSync(join(folder.path, 'none')));
});

const mistakes: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['a range that falls', ['--from', '0.1', '--to', '0.01'], /^weft: --to 0\.01 must be above --from 0\.1\n$/],
  ['a rate of 0', ['--from', '0'], /^weft: --from: expected a number above 0, got "0"\n$/],
  [
    'too few steps',
    ['--steps', '2'],
    /^weft: --steps: expected a whole number from 10 to 100000, got "2"\n$/,
  ],
  ['options of train that have no place here', ['--epochs', '3'], /^weft: unknown option --epochs; /],
  ['a momentum for Adam', ['--momentum', '0.9'], /^weft: --momentum goes with --optimizer sgd\n$/],
  [
    'a folder with something in it',
    ['--out', 'full'],
    /^weft: --out full: the folder is not empty; choose a new one or empty it\n$/,
  ],
];
for (const [what, args, message] of mistakes) {
  test(`refuses ${what}, in one line`, () => {
    mkdirSync(join(folder.path, 'full'), { recursive: true });
    writeFileSync(join(folder.path, 'full', 'file'), 'mine');
    const { status, stdout, stderr } = findLr(...args);
    assert.match(stderr, message);
    assert.is(stderr.trimEnd().includes('\n'), false);
    assert.is(status, 2);
    assert.is(stdout, '');
    assert.not.ok(existsSync(join(folder.path, 'runs')));
    assert.equal(readdirSync(join(folder.path, 'full')), ['file']);
  });
}

test.run();
