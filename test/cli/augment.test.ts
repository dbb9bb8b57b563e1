import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readIdxFolder } from '../../src/data/idx/idx-folder.ts';
import { cliFolder, type Outcome } from '../helpers/cli.ts';

const folder = cliFolder();
test.after(() => folder.remove());
const { data, weft } = folder;

function train(...args: string[]): Outcome {
  return weft('train', '--data', data, '--epochs', '1', ...args);
}

function augmentOf(run: string): unknown {
  return JSON.parse(readFileSync(join(folder.path, run, 'config.json'), 'utf8')).augment;
}

const off = { flip: false, shift: 0, rotate: 0, fill: 'zeros', erase: 0, cutout: 0 };
const everything = ['--flip', '--shift', '2', '--rotate', '12.5', '--erase', '0.25'];

test('augmentation is off by default, and what was asked for is among the settings of the run', () => {
  const plain = train('--out', 'plain', '--json');
  const augmented = train('--out', 'augmented', '--json', ...everything);
  assert.is(augmented.status, 0, augmented.stderr);
  assert.equal(augmentOf('plain'), off);
  assert.equal(augmentOf('augmented'), { ...off, flip: true, shift: 2, rotate: 12.5, erase: 0.25 });
  const loss = (output: string): string => /"event":"epoch".*?"loss":([\d.]+)/.exec(output)![1]!;
  assert.not.equal(loss(plain.stdout), loss(augmented.stdout));
  assert.is(loss(train('--out', 'again', '--json', ...everything).stdout), loss(augmented.stdout));
});

test('reflection and cutout: in the settings of the run, and in the pictures', () => {
  const args = ['--shift', '3', '--fill', 'reflect', '--cutout', '2', '--augmented-picture', 'cut.png'];
  const cut = train('--out', 'cut', '--json', ...args);
  assert.is(cut.status, 0, cut.stderr);
  assert.equal(augmentOf('cut'), { ...off, shift: 3, fill: 'reflect', cutout: 2 });
  const picture = (name: string): string => PNG.sync.read(readFileSync(join(folder.path, name))).data.join();
  for (const [name, other] of [
    ['black.png', ['--shift', '3', '--cutout', '2']],
    ['whole.png', ['--shift', '3', '--fill', 'reflect']],
  ] as const) {
    train('--out', name, '--json', ...other, '--augmented-picture', name);
    assert.not.equal(picture(name), picture('cut.png'));
  }
});

test('--augmented-picture: a row for each class, the image first, then nine columns in all', () => {
  const { status, stdout } = train('--out', 'pictured', ...everything, '--augmented-picture', 'looks.png');
  assert.is(status, 0);
  assert.match(stdout, /^picture looks\.png: an image of each class, and as epochs 1 to 8 see it$/m);
  const picture = PNG.sync.read(readFileSync(join(folder.path, 'looks.png')));
  const [tile, gap] = [6 * 3, 4];
  assert.equal([picture.width, picture.height], [9 * (tile + gap) + gap, 10 * (tile + gap) + gap]);

  /** The image at a row and column of the sheet, a byte for each of its pixels. */
  const imageAt = (row: number, column: number): number[] =>
    Array.from({ length: 36 }, (_, pixel) => {
      const y = gap + row * (tile + gap) + 3 * Math.floor(pixel / 6);
      const x = gap + column * (tile + gap) + 3 * (pixel % 6);
      return picture.data[4 * (y * picture.width + x)]!;
    });
  const images = readIdxFolder(data).train.x.values;
  for (let row = 0; row < 10; row++) {
    // example i has class i mod 10: the first ten are the first of each class
    assert.equal(imageAt(row, 0), [...images.subarray(36 * row, 36 * row + 36)]);
    const seen = Array.from({ length: 9 }, (_, column) => imageAt(row, column).join());
    assert.is(new Set(seen).size, 9, 'different in each epoch');
  }
});

test('with --json the picture is named in the start event', () => {
  const { stdout } = train('--out', 'json', '--json', '--flip', '--augmented-picture', 'json.PNG');
  assert.is(JSON.parse(stdout.split('\n')[0]!).augmentedPicture, 'json.PNG');
  assert.ok(existsSync(join(folder.path, 'json.PNG')));
});

test('a picture that cannot be written: one line, status 1, before there is anything of the run', () => {
  for (const path of ['nowhere/looks.png', 'folder.png']) {
    mkdirSync(join(folder.path, 'folder.png'), { recursive: true });
    const { status, stdout, stderr } = train('--out', 'never', '--flip', '--augmented-picture', path);
    assert.is(status, 1);
    assert.match(stderr, new RegExp(`^weft: cannot write the picture ${path}: E[A-Z]+: .*\\n$`));
    assert.is(stdout, '');
    assert.not(existsSync(join(folder.path, 'never')));
  }
});

const usageErrors: [string[], RegExp][] = [
  [['--shift', '-1'], /--shift: expected a whole number from 0 to 65535, got "-1"/],
  [['--shift', '0.5'], /--shift: .* got "0\.5"/],
  [['--shift', '6'], /--shift 6 moves images of 6×6 pixels out of sight; use less/],
  [['--rotate', '181'], /--rotate: expected a number from 0 to 180, got "181"/],
  [['--rotate', '-5'], /--rotate: .* got "-5"/],
  [['--rotate', 'left'], /--rotate: .* got "left"/],
  [['--erase', '1.5'], /--erase: expected a number from 0 to 1, got "1\.5"/],
  [['--erase'], /erase/],
  [['--erase', '0.1', '--erase', '0.2'], /--erase is given twice/],
  [['--flip', '--augmented-picture', 'a.jpg'], /expected a file name that ends in \.png, got "a\.jpg"/],
  [
    ['--augmented-picture', 'a.png'],
    /--augmented-picture goes with --flip, --shift, --rotate, --erase or --cutout/,
  ],
  [['--shift', '1', '--fill', 'mirror'], /fill/],
  [['--fill', 'reflect'], /--fill reflect goes with --shift or --rotate/],
  [['--cutout', '7'], /--cutout 7 is larger than images of 6×6 pixels; use less/],
  [['--cutout', '2', '--erase', '0.1'], /--erase and --cutout both make a part of an image black: give one/],
  [['--rotat', '3'], /unknown option --rotat; did you mean --rotate\?/],
];
for (const [args, message] of usageErrors) {
  test(`usage error, status 2, one line: ${args.join(' ')}`, () => {
    const { status, stdout, stderr } = train(...args);
    assert.is(status, 2);
    assert.match(stderr, message);
    assert.match(stderr, /^weft: .*\n$/);
    assert.is(stdout, '');
  });
}

test('the ends of the ranges are allowed', () => {
  const { status, stderr } = train(
    '--out',
    'ends',
    '--shift',
    '5',
    '--rotate',
    '180',
    '--erase',
    '1',
    '--no-flip',
  );
  assert.is(status, 0, stderr);
  assert.equal(augmentOf('ends'), { ...off, shift: 5, rotate: 180, erase: 1 });
  assert.is(train('--out', 'cut-ends', '--cutout', '6').status, 0);
});

test('--help has a group for augmentation', () => {
  const { stdout } = train('--help');
  const group = stdout.slice(
    stdout.indexOf('Augmentation of the training images:'),
    stdout.indexOf('Running:'),
  );
  for (const option of [
    '--flip',
    '--shift',
    '--rotate',
    '--fill',
    '--erase',
    '--cutout',
    '--augmented-picture',
  ]) {
    assert.ok(group.includes(option), option);
  }
});

test.run();
