import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readRunDataset } from '../../src/run/dataset.ts';
import { readRun } from '../../src/run/saved-run.ts';
import { cliFolder } from '../helpers/cli.ts';
import { writeColourFolder, writePicture } from '../helpers/picture-folder.ts';

const folder = cliFolder();
const { weft } = folder;
const pictures = join(folder.path, 'colours');
writeColourFolder(pictures, 20);
test.after(() => folder.remove());

interface Configuration {
  readonly imageSize: unknown;
  readonly channels: unknown;
  readonly inputShape: readonly number[];
  readonly classNames: readonly string[];
}

function configurationOf(run: string): Configuration {
  return JSON.parse(readFileSync(join(folder.path, run, 'config.json'), 'utf8')) as Configuration;
}

const everything = ['--flip', '--shift', '2', '--rotate', '20', '--erase', '0.5'];

for (const model of ['mlp', 'cnn', 'cnn-norm']) {
  test(`pictures in colour, 7×9, augmented, train ${model} alike on the wasm engine and the reference`, () => {
    const losses = ['wasm', 'reference'].map((engine) => {
      const out = `${model}-${engine}`;
      const training = [
        'train',
        '--data',
        'colours',
        '--model',
        model,
        '--epochs',
        '2',
        '--batch-size',
        '32',
      ];
      const { status, stdout, stderr } = weft(
        ...training,
        '--engine',
        engine,
        '--out',
        out,
        '--json',
        ...everything,
      );
      assert.is(status, 0, stderr);
      return [...stdout.matchAll(/"loss":([\d.e-]+)/g)].map((match) => Number(match[1]));
    });
    assert.is(losses[0]!.length, 5, 'training and validation of two epochs, and the test');
    for (const [index, loss] of losses[0]!.entries()) {
      assert.ok(Math.abs(loss - losses[1]![index]!) < 2e-3 * loss, losses.join(' | '));
    }
    const { inputShape, classNames, imageSize, channels } = configurationOf(`${model}-wasm`);
    assert.equal(inputShape, [7, 9, 3]);
    assert.equal(classNames, ['blue', 'green', 'red']);
    assert.equal([imageSize, channels], [{ width: 9, height: 7 }, 'rgb']);
  });
}

test('what was decided in reading is said; the picture of augmented images is in colour', () => {
  const { stdout, status } = weft(
    'train',
    '--data',
    'colours',
    '--epochs',
    '1',
    '--out',
    'said',
    '--flip',
    '--augmented-picture',
    'looks.png',
  );
  assert.is(status, 0);
  assert.match(stdout, /^data {4}colours: 38 training, 10 validation, 12 test images$/m);
  assert.match(stdout, /^ {8}no folder test: every fifth picture of each class, by name, is a test image$/m);
  const { width, height, data } = PNG.sync.read(readFileSync(join(folder.path, 'looks.png')));
  assert.equal([width, height], [9 * (9 * 3 + 4) + 4, 3 * (7 * 3 + 4) + 4]);
  // the middle of the first tile of each row: blue, green, red
  for (const [row, channel] of [2, 1, 0].entries()) {
    const at = ((4 + row * 25 + 10) * width + 4 + 13) * 4;
    const pixel = [...data.subarray(at, at + 3)];
    assert.is(pixel.indexOf(Math.max(...pixel)), channel);
  }
});

test('a run opens its data as they were, whatever the options or a new picture would make of them', () => {
  const args = ['--image-size', '5x4', '--channels', 'grey', '--limit', '30', '--epochs', '1', '--quiet'];
  assert.is(weft('train', '--data', 'colours', '--out', 'small', ...args).status, 0);
  const run = readRun(join(folder.path, 'small'));
  assert.equal(run.configuration.inputShape, [5, 4, 1]);
  const dataset = readRunDataset(run);
  assert.equal(dataset.train.x.shape, [30, 5, 4, 1]);
  assert.equal(dataset.checksums, run.configuration.dataset.checksums);

  writePicture(join(pictures, 'red/one.png'), { width: 3, height: 100 }, () => [0, 0, 0]);
  const told: number[] = [];
  const other = readRunDataset(readRun(join(folder.path, 'cnn-wasm')), pictures, (done) => told.push(done));
  assert.equal(other.test.x.shape, [12, 7, 9, 3]);
  assert.is(told.length, 61);
});

test('a configuration with a size that is none is refused', () => {
  const file = join(folder.path, 'small', 'config.json');
  const before = readFileSync(file, 'utf8');
  for (const [settings, message] of [
    [{ imageSize: [28, 28] }, /imageSize cannot be \[28,28\]/],
    [{ channels: 'cmyk' }, /channels cannot be "cmyk"/],
  ] as const) {
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(before) as object), ...settings }));
    assert.throws(() => readRun(join(folder.path, 'small')), message);
  }
  writeFileSync(file, before);
});

const usageErrors: [string[], RegExp][] = [
  [
    ['--image-size', '0'],
    /--image-size: expected N or HxW, each from 1 to 4096, such as 28 or 32x48; got "0"/,
  ],
  [['--image-size', '28x'], /--image-size: .* got "28x"/],
  [['--image-size', '5000'], /--image-size: .* got "5000"/],
  [['--image-size', '8x5000'], /--image-size: .* got "8x5000"/],
  [['--image-size', '-3'], /--image-size: .* got "-3"/],
  [['--image-size', '8', '--image-size', '9'], /--image-size is given twice/],
  [['--image-size'], /image-size/],
  [['--channels', 'cmyk'], /Invalid values: Argument: channels, Given: "cmyk", Choices: "grey", "rgb"/],
  [['--channels', 'grey', '--channels', 'rgb'], /--channels is given twice/],
  [
    ['--image-size', '28', '--data', folder.data],
    /--image-size goes with --data and a folder of pictures; data is not one/,
  ],
  [
    ['--channels', 'rgb', '--data', folder.data],
    /--channels goes with --data and a folder of pictures; data is not one/,
  ],
  [['--image-size', '28'], /--image-size goes with .*; Fashion-MNIST is not one/],
];
for (const [args, message] of usageErrors) {
  test(`usage error, status 2, one line: ${args.slice(0, 4).join(' ')}`, () => {
    const { status, stdout, stderr } = weft('train', ...args);
    assert.is(status, 2);
    assert.match(stderr, message);
    assert.match(stderr, /^weft: .*\n$/);
    assert.is(stdout, '');
  });
}

test('a folder that cannot be read ends with status 1 and one line, with nothing of the run made', () => {
  writePicture(join(folder.path, 'damaged/a/0.png'), { width: 3, height: 3 }, () => [1, 1, 1]);
  writePicture(join(folder.path, 'damaged/b/0.png'), { width: 3, height: 3 }, () => [1, 1, 1]);
  writeFileSync(
    join(folder.path, 'damaged/b/1.png'),
    readFileSync(join(folder.path, 'damaged/b/0.png')).subarray(0, 40),
  );
  for (const path of ['damaged', 'damaged/a']) {
    const { status, stderr } = weft('train', '--data', path, '--out', 'never');
    assert.is(status, 1);
    assert.match(stderr, /^weft: .*\n$/);
    assert.not.ok(existsSync(join(folder.path, 'never')));
  }
});

test.run();
