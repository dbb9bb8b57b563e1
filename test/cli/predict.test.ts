import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  dense,
  evaluate,
  flatten,
  predict,
  readRun,
  readRunDataset,
  saveWeights,
  sequential,
  Tensor,
} from '../../src/node.ts';
import { cliFolder, main, type Outcome } from '../helpers/cli.ts';
import { pngFile } from '../helpers/png-file.ts';

const folder = cliFolder();
const { weft } = folder;
const at = (...names: string[]): string => join(folder.path, ...names);
test.after(() => folder.remove());

/** Rows of grey values as a PNG. */
function greyPng(width: number, height: number, valueAt: (x: number, y: number) => number): Buffer {
  const png = new PNG({ width, height });
  for (let i = 0; i < width * height; i++) {
    const value = valueAt(i % width, Math.floor(i / width));
    png.data.set([value, value, value, 255], i * 4);
  }
  return PNG.sync.write(png);
}

test.before(() => {
  const training = ['train', '--data', folder.data, '--epochs', '12', '--engine', 'reference', '--quiet'];
  const { status, stderr } = weft(...training, '--out', 'run');
  assert.is(status, 0, stderr);
  const { x: images } = readRunDataset(readRun(at('run'))).test;
  mkdirSync(at('photos'));
  for (const i of [0, 3, 7]) {
    const png = greyPng(6, 6, (x, y) => images.values[i * 36 + y * 6 + x]!);
    writeFileSync(at('photos', `${i}.png`), png);
  }
  writeFileSync(at('photos', 'notes.txt'), 'not a picture');
  // a dark block on white, and a sheet of paper
  writeFileSync(
    at('block.png'),
    greyPng(50, 40, (x, y) => (x > 9 && x < 30 && y > 9 && y < 30 ? 20 : 255)),
  );
  writeFileSync(
    at('blank.png'),
    greyPng(20, 30, () => 255),
  );
});

/** What training writes down of a network that tells two fruits apart. */
function writeConfiguration(name: string, inputShape: readonly number[]): void {
  const configuration = {
    model: 'own.json',
    layers: [{ type: 'flatten' }, { type: 'dense', units: 2 }],
    inputShape,
    classNames: ['apple', 'pear'],
    data: null,
    dataset: { name: 'fruit', checksums: {} },
    limit: null,
    validationSplit: 0.2,
    l2: 0,
  };
  writeFileSync(at(name, 'config.json'), JSON.stringify(configuration));
}

interface Line {
  readonly file?: string;
  readonly test?: number;
  readonly label?: string;
  readonly prediction: string;
  readonly probability: number;
  readonly probabilities: Readonly<Record<string, number>>;
  readonly doubts?: readonly string[];
}

function linesOf({ stdout }: Outcome): Line[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

test('test images by position: predictions and probabilities are those of an evaluation', async () => {
  const outcome = weft('predict', 'run', '--test', '0-8,15', '--json');
  assert.is(outcome.status, 0, outcome.stderr);
  assert.is(outcome.stderr, '');
  const lines = linesOf(outcome);
  const end = lines.pop();
  const run = readRun(at('run'));
  const dataset = readRunDataset(run);
  const expected = await evaluate(run.model, dataset.test, { engine: 'reference' });
  const positions = [0, 1, 2, 3, 4, 5, 6, 7, 8, 15];
  assert.equal(
    lines.map((line) => line.test),
    positions,
  );
  let right = 0;
  for (const [i, position] of positions.entries()) {
    const { label, prediction, probability, probabilities } = lines[i]!;
    assert.is(label, `${dataset.test.y.values[position]}`);
    assert.is(prediction, `${expected.predicted[position]}`);
    assert.is(probability, probabilities[prediction]);
    for (let c = 0; c < 10; c++) {
      const difference = probabilities[`${c}`]! - expected.probabilities[position * 10 + c]!;
      assert.ok(Math.abs(difference) < 1e-6);
    }
    if (label === prediction) right += 1;
  }
  assert.is(JSON.stringify(end), JSON.stringify({ event: 'end', right, of: 10 }));
  assert.ok(right > 5, 'the network has learned something');
});

test('test images for people: right or wrong, the top classes with bars, and the score', () => {
  const { status, stdout, stderr } = weft('predict', 'run', '--test', '0-8', '--top', '2');
  assert.is(status, 0);
  assert.is(stderr, '');
  assert.is(stdout.match(/^test image \d$/gm)?.length, 9);
  assert.is(stdout.match(/(, right|, wrong: it is \d)$/gm)?.length, 9);
  assert.is(stdout.match(/ \d +\d+\.\d\d %/g)?.length, 18, 'two classes each');
  assert.match(stdout, /\d+\.\d\d % {2}█+/);
  assert.match(stdout, /\n\d of 9 right\n$/);
  assert.match(stdout, /^run {5}run: mlp\nengine {2}wasm: .*, 1 thread \(the fastest engine here\)\n/);
});

test('a folder: its pictures, sorted; those of the network’s size are taken as they are', () => {
  const outcome = weft('predict', 'run', 'photos', '--json');
  assert.is(outcome.status, 0, outcome.stderr);
  const lines = linesOf(outcome);
  assert.equal(
    lines.map(({ file }) => file),
    ['0.png', '3.png', '7.png'].map((name) => join('photos', name)),
  );
  const tested = linesOf(weft('predict', 'run', '--test', '0,3,7', '--json'));
  for (const [i, { probabilities }] of lines.entries()) assert.equal(probabilities, tested[i]!.probabilities);
});

test('a photo on white is inverted, and says so; --invert no leaves it', () => {
  const { status, stdout } = weft('predict', 'run', 'block.png');
  assert.is(status, 0);
  assert.match(
    stdout,
    /^block\.png: darker than its background \(100 % of white\): inverted, trimmed to 20×20, scaled to 6×6$/m,
  );
  assert.match(stdout, /^@{6} {2}\S/m, 'the image, as characters');
  const dark = weft('predict', 'run', 'block.png', '--invert', 'no');
  assert.match(dark.stdout, /not inverted, as asked for/);
  assert.not.match(dark.stdout, /@@@@@@/);
});

test('an image for a larger network is shown smaller; a comma in a name stays one', async () => {
  mkdirSync(at('large'));
  const model = sequential([flatten(), dense(2)], { inputShape: [50, 96, 1], seed: 6 });
  await saveWeights(model, at('large', 'model.safetensors'));
  writeConfiguration('large', [50, 96, 1]);
  writeFileSync(at('a, b.png'), readFileSync(at('block.png')));
  const { stdout } = weft('predict', 'large', 'a, b.png');
  const [heading, ...lines] = stdout.slice(stdout.indexOf('a, b.png')).split('\n');
  assert.is(
    heading,
    'a, b.png: darker than its background (100 % of white): inverted, trimmed to 20×20, scaled to 50×50',
  );
  // 96×50 becomes 48×25, the block 25 wide in its middle
  assert.match(lines[5]!, /^ {11,12}\S{25,26}( |$)/);
  assert.is(
    lines.findIndex((line) => line === ''),
    13,
  );
});

test('standard input, and a line for each picture with --quiet', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [main, 'predict', 'run', '-', 'photos/3.png', '--quiet'],
    {
      encoding: 'utf8',
      cwd: folder.path,
      input: readFileSync(at('photos', '3.png')),
    },
  );
  assert.is(status, 0, stderr);
  const [first, second, ...rest] = stdout.split('\n');
  assert.match(first!, /^-: \d \d+\.\d\d %$/);
  assert.is(second, `photos/3.png${first!.slice(1)}`);
  assert.equal(rest, ['']);
});

test('standard input without an end is refused', () => {
  const endless = openSync('/dev/zero', 'r');
  const { status, stderr } = spawnSync(process.execPath, [main, 'predict', 'run', '-'], {
    encoding: 'utf8',
    cwd: folder.path,
    stdio: [endless, 'pipe', 'pipe'],
  });
  closeSync(endless);
  assert.is(status, 1);
  // on a slow machine there is a line of progress, too
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('reading: '));
  assert.equal(lines, ['weft: -: a file of more than 100 MB is too large for a picture']);
});

test('doubts go to stderr, or into the object of the picture', () => {
  const { status, stdout, stderr } = weft('predict', 'run', 'blank.png');
  assert.is(status, 0);
  assert.match(stdout, /^blank\.png: /m);
  assert.match(stderr, /^weft: blank\.png: nearly blank: its pixels differ by at most 0 of 255$/m);
  const json = weft('predict', 'run', 'blank.png', '--json');
  assert.is(json.stderr, '');
  const [{ doubts, probability }] = linesOf(json) as [Line];
  assert.match(doubts![0]!, /^nearly blank/);
  assert.is(
    doubts!.some((doubt) => doubt.startsWith('unsure')),
    probability < 0.5,
  );
});

test('what cannot be read costs one line each and the status, not the other pictures', () => {
  mkdirSync(at('empty'));
  execFileSync('mkfifo', [at('pipe')]);
  writeFileSync(at('text.png'), 'Once upon a time');
  writeFileSync(at('nothing.jpg'), '');
  const whole = jpeg.encode({ width: 64, height: 64, data: Buffer.alloc(64 * 64 * 4, 90) }, 90).data;
  writeFileSync(at('half.jpg'), whole.subarray(0, whole.length / 2));
  writeFileSync(at('large.png'), pngFile({ width: 30_000, height: 30_000 }, Buffer.alloc(10)));
  const bad = [
    'text.png',
    'nothing.jpg',
    'half.jpg',
    'large.png',
    'missing.png',
    'empty',
    '/dev/zero',
    'pipe',
  ];
  const { status, stdout, stderr } = weft('predict', 'run', ...bad, 'photos/0.png', '--quiet');
  assert.is(status, 1);
  assert.match(stdout, /^photos\/0\.png: \d [\d.]+ %\n$/);
  const lines = stderr.trim().split('\n');
  assert.is(lines.length, bad.length, stderr);
  const messages = [
    /^weft: text\.png: neither PNG nor JPEG/,
    /^weft: nothing\.jpg: the file is empty$/,
    /^weft: half\.jpg: a damaged JPEG: /,
    /^weft: large\.png: a picture of 30000×30000 is too large/,
    /^weft: missing\.png: no such file$/,
    /^weft: empty: no PNG or JPEG file in this folder$/,
    /^weft: \/dev\/zero: this is a device or a pipe, not a regular file$/,
    /^weft: pipe: this is a device or a pipe, not a regular file$/,
  ];
  for (const [i, message] of messages.entries()) assert.match(lines[i]!, message);
  const none = weft('predict', 'run', 'missing.png', '--json');
  assert.is(none.status, 1);
  assert.is(none.stdout, '');
});

test('--steps: a row for each picture, a column for each step', () => {
  const pictures = ['block.png', 'photos/0.png'];
  const { status, stdout, stderr } = weft('predict', 'run', ...pictures, '--steps', 'steps.png');
  assert.is(status, 0, stderr);
  assert.match(
    stdout,
    /\nwritten: steps\.png, a row for each picture: picture, grey, background, evened, trimmed, inverted, network\n$/,
  );
  const { width, height, data } = PNG.sync.read(readFileSync(at('steps.png')));
  assert.equal([width, height], [7 * 144 + 4, 2 * 144 + 4]);
  const brightness = (row: number, column: number): number => {
    const [y, x] = [row * 144 + 4 + 70, column * 144 + 4 + 70];
    return data[(y * width + x) * 4]!;
  };
  // the middle of the block: dark until it is inverted
  const middles = [0, 1, 2, 3, 4, 5, 6].map((column) => brightness(0, column));
  assert.equal(middles.slice(2), [255, 20, 20, 235, 235]);
  assert.equal([brightness(1, 1), brightness(1, 2), brightness(1, 5)], [128, 128, 128], 'no such steps');

  const nowhere = weft('predict', 'run', 'block.png', '--steps', 'no/such/steps.png');
  assert.is(nowhere.status, 1);
  assert.match(nowhere.stderr, /^weft: --steps no\/such\/steps\.png: cannot be written: .*$/m);
  assert.match(nowhere.stdout, /^block\.png: /m, 'the prediction is not lost');
});

test('a network for colours sees them, and light ones stay light', async () => {
  const model = sequential([flatten(), dense(2)], { inputShape: [3, 4, 3], seed: 6 });
  mkdirSync(at('colours'));
  await saveWeights(model, at('colours', 'model.safetensors'));
  writeConfiguration('colours', [3, 4, 3]);
  const png = new PNG({ width: 4, height: 3 });
  const pixels = Uint8Array.from({ length: 36 }, (_, i) => 255 - 5 * i);
  for (let i = 0; i < 12; i++) png.data.set([...pixels.subarray(i * 3, i * 3 + 3), 255], i * 4);
  writeFileSync(at('fruit.png'), PNG.sync.write(png));
  const { probabilities } = await predict(model, Tensor.from('uint8', [1, 3, 4, 3], pixels, 'fruit'));
  const [line] = linesOf(weft('predict', 'colours', 'fruit.png', '--json'));
  assert.ok(Math.abs(line!.probabilities['pear']! - probabilities[1]!) < 1e-6);
});

const usageErrors: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /expected predict <run> \[files\.\.\]; see --help/],
  [
    ['run'],
    /expected files behind the run: pictures \(PNG, JPEG, folders of them, or - for standard input\) or a table/,
  ],
  [['run', 'block.png', '--test', '3'], /--test is about test images; leave it out/],
  [['run', '-', '-'], /- was given more than once/],
  [['run', 'block.png', '--data', 'data'], /--data goes with --test/],
  [['run', '--test', '3', '--steps', 'a.png'], /--steps goes with pictures/],
  [
    ['run', 'block.png', '--steps', 'a.jpg'],
    /--steps: expected a file name that ends in \.png, got "a\.jpg"/,
  ],
  [['run', '--test', '50'], /--test 50: the test images of data are 0 to 49/],
  [['run', '--test', '8-3'], /--test: expected positions such as 3 or 0-8,15, got "8-3"/],
  [['run', '--test', '-1'], /--test: expected positions .* got "-1"|test/],
  [['run', '--test', '0-5000'], /--test: at most 1000 positions at once/],
  [['run', 'block.png', '--top', '0'], /--top: expected a whole number from 1 to 256, got "0"/],
  [['run', 'block.png', '--invert', 'maybe'], /Invalid values: Argument: invert, Given: "maybe"/],
  [['run', 'block.png', '--step', 'a.png'], /unknown option --step; did you mean --steps\?/],
];
for (const [args, message] of usageErrors) {
  test(`usage error, status 2, one line: ${args.join(' ')}`, () => {
    const { status, stdout, stderr } = weft('predict', ...args);
    assert.is(status, 2, stderr);
    assert.match(stderr, message);
    assert.match(stderr, /^weft: .*\n$/);
    assert.is(stdout, '');
  });
}

test('a folder that is no run, and a picture in its place, are refused in one line', () => {
  const missing = weft('predict', 'nowhere', 'block.png');
  assert.is(missing.status, 1);
  assert.is(missing.stderr, 'weft: nowhere: no such folder; expected the folder of a run\n');
  const empty = weft('predict', 'photos', 'block.png');
  assert.match(empty.stderr, /^weft: photos\/config\.json: no such file; expected the folder of a run\n$/);
  const picture = weft('predict', 'block.png', 'block.png');
  assert.is(picture.status, 2);
  assert.is(picture.stderr, 'weft: block.png is a file; the first argument is the folder of a run\n');
});

test.run();
