import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { EdaFindings } from '../../src/report/eda/findings.ts';
import { cliFolder } from '../helpers/cli.ts';
import { writeColourFolder } from '../helpers/picture-folder.ts';

const folder = cliFolder();
const { data, weft } = folder;
writeColourFolder(join(folder.path, 'colours'), 5);
test.after(() => folder.remove());

const files = ['class-images.png', 'class-means.png', 'eda.html', 'first-images.png'];

test('prints counts, pixels, a label, duplicates and pictures; leaves a page and PNG files, and says where', () => {
  const { status, stdout, stderr } = weft('eda', '--data', data);
  assert.is(status, 0, stderr);
  assert.is(stderr, '');
  assert.match(stdout, /^data: 300 training and 50 test images of 6×6 pixels, grey, in 10 classes\.$/m);
  assert.match(stdout, /│ train │ \[300, 6, 6, 1\] │ \[300\] {2}│ uint8 │/);
  assert.match(stdout, /│ 9 {5}│ 9 {5}│ {4}30 │ {4}5 │/);
  assert.match(
    stdout,
    /^the first training label is 0 \(0\); one-hot encoded: \[1, 0, 0, 0, 0, 0, 0, 0, 0, 0\]$/m,
  );
  assert.match(stdout, /^training images that equal an earlier one: 0$/m);
  assert.match(stdout, /^test images that equal a training image: 0$/m);
  // four images of 6 columns and three lines, without colours; the names below
  assert.match(stdout, /\n(?:[ .:\-=+*#%@]{6}( {2}|\n)){12}0 {7}1 {7}2 {7}3 {5}\n/);
  assert.not.ok(stdout.includes('\u001b'));
  assert.match(
    stdout,
    /^written to eda: eda\.html, first-images\.png, class-images\.png, class-means\.png\n$/m,
  );
  assert.equal(readdirSync(join(folder.path, 'eda')).toSorted(), files);
  const sheet = PNG.sync.read(readFileSync(join(folder.path, 'eda', 'class-images.png')));
  assert.equal([sheet.width, sheet.height], [10 * 88 + 4, 10 * 88 + 4]);
  assert.match(readFileSync(join(folder.path, 'eda', 'eda.html'), 'utf8'), /^<!doctype html>[^]*<\/html>\n$/);
});

test('--json prints the findings as one object, and nothing else on either stream', () => {
  const { status, stdout, stderr } = weft('eda', '--data', 'colours', '--json', '--out', 'as-json');
  assert.is(status, 0, stderr);
  assert.is(stderr, '');
  const found = JSON.parse(stdout) as EdaFindings & { readonly folder: string; readonly files: string[] };
  assert.equal(found.classNames, ['blue', 'green', 'red']);
  assert.equal(found.train.images, [12, 7, 9, 3]);
  assert.equal(found.test.classCounts, [1, 1, 1]);
  assert.is(found.train.channels.length, 3);
  assert.equal([found.folder, found.files.toSorted()], ['as-json', files]);
  assert.equal(readdirSync(join(folder.path, 'as-json')).toSorted(), files);
});

test('a folder of pictures, with its options and what was decided', () => {
  const { stdout } = weft(
    'eda',
    '--data',
    'colours',
    '--image-size',
    '4x5',
    '--channels',
    'grey',
    '--out',
    'small',
  );
  assert.match(stdout, /^colours: 12 training and 3 test images of 4×5 pixels, grey, in 3 classes\.$/m);
  assert.match(stdout, /^no folder test: every fifth picture of each class, by name, is a test image$/m);
});

test('what an earlier eda wrote is replaced, and an empty folder is filled', () => {
  mkdirSync(join(folder.path, 'again'));
  assert.is(weft('eda', '--data', data, '--out', 'again').status, 0);
  assert.is(weft('eda', '--data', 'colours', '--out', 'again').status, 0);
  assert.match(readFileSync(join(folder.path, 'again', 'eda.html'), 'utf8'), /<h1>A look at colours<\/h1>/);
});

/** What is in a folder that must not be written to, and what the message names. */
const foreign: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  [
    'a file of another kind',
    { 'thesis.txt': 'precious', 'eda.html': '<!-- written by weft eda -->' },
    'thesis.txt',
  ],
  ['a page of somebody else', { 'eda.html': '<p>mine</p>' }, 'eda.html'],
  ['a picture of somebody else', { 'class-means.png': 'mine' }, 'class-means.png'],
];
for (const [what, contents, named] of foreign) {
  test(`a folder with ${what} is refused, status 2, and stays as it was`, () => {
    const path = join(folder.path, 'foreign', named);
    mkdirSync(path, { recursive: true });
    for (const [file, content] of Object.entries(contents)) writeFileSync(join(path, file), content);
    const { status, stdout, stderr } = weft('eda', '--data', data, '--out', path);
    assert.is(status, 2);
    assert.is(
      stderr,
      `weft: --out ${path}: the folder holds ${named}, which is not from an earlier eda; choose another folder\n`,
    );
    assert.is(stdout, '');
    assert.equal(readdirSync(path).toSorted(), Object.keys(contents).toSorted());
    for (const [file, content] of Object.entries(contents))
      assert.is(readFileSync(join(path, file), 'utf8'), content);
  });
}

test('a folder that cannot be made, a file in its place, no data: one line, status 1', () => {
  writeFileSync(join(folder.path, 'file'), '');
  for (const out of ['file', 'file/eda']) {
    const { status, stderr } = weft('eda', '--data', data, '--out', out);
    assert.is(status, 1);
    assert.match(stderr, new RegExp(`^weft: cannot write to the folder ${out}: E[A-Z]+: .*\\n$`));
  }
  const { status, stderr } = weft('eda', '--data', 'nowhere', '--out', 'never');
  assert.is(status, 1);
  assert.is(stderr, 'weft: nowhere: no such folder\n');
  assert.not.ok(existsSync(join(folder.path, 'never')));
});

const usageErrors: [string[], RegExp][] = [
  [['--out', 'a', '--out', 'b'], /--out is given twice/],
  [['--data'], /data/],
  [['--image-size', 'x'], /--image-size: expected N or HxW/],
  [['--image-size', '14'], /--image-size goes with --data and a folder of pictures/],
  [['--epochs', '3'], /unknown option --epochs; see --help/],
  [['--jso'], /unknown option --jso; did you mean --json\?/],
];
for (const [args, message] of usageErrors) {
  test(`usage error, status 2, one line: ${args.join(' ')}`, () => {
    const { status, stdout, stderr } = weft('eda', ...args);
    assert.is(status, 2);
    assert.match(stderr, message);
    assert.match(stderr, /^weft: .*\n$/);
    assert.is(stdout, '');
  });
}

test('--help names the rule for the folder, the data that it takes, and examples', () => {
  const { stdout, status } = weft('eda', '--help');
  assert.is(status, 0);
  for (const part of ['--image-size', 'earlier eda', 'Examples:', '--data ~/mnist'])
    assert.ok(stdout.includes(part), part);
});

test.run();
