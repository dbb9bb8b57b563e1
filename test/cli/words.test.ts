/** Mistakes on the command line that yargs alone would let through, or explain in words of its own. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nameStandardInput } from '../../src/cli/framework/standard-input.ts';
import { temporaryFolder, writeTinyDataset } from '../helpers/idx-file.ts';
import { runWords } from '../helpers/run-words.ts';

const mistakes: readonly (readonly [line: string, message: string])[] = [
  ['train --optimizer adam --optimizer sgd', '--optimizer is given twice'],
  ['train --schedule step --schedule step', '--schedule is given twice'],
  ['train --batchSize 3 --batch-size=4', '--batch-size is given twice'],
  ['train --flip --no-flip', '--flip is given twice'],
  ['train --out a --out b', '--out is given twice'],
  ['evaluate run --part test --part train', '--part is given twice'],
  ['export run --format onnx --format json', '--format is given twice'],
  ['predict run --test 0 --test 1', '--test is given twice'],
  ['eda --channels grey --channels rgb', '--channels is given twice'],
  ['summary --json --json', '--json is given twice'],
  ['find-lr --from 1 --from 2', '--from is given twice'],
  ['program --model mlp --model cnn', '--model is given twice'],
  ['kernel relu 3 --engine gpu --engine wasm', '--engine is given twice'],
  ['report run --threads 1 --threads 1', '--threads is given twice'],
  ['train --no-data', '--no-data: --data takes a value and cannot be turned off; leave it out'],
  ['train --out.x 1', 'unknown option --out.x; see --help'],
  ['train --flip=maybe', '--flip takes no value: expected --flip or --no-flip, got "maybe"'],
  ['train --no-flip=true', '--no-flip takes no value, got "true"'],
  ['evaluate --run a --run b', '--run is not an option; expected evaluate <run>; see --help'],
];
for (const [line, message] of mistakes) {
  test(`weft ${line}`, async () => {
    const { status, stdout, stderr } = await runWords(line.split(' '));
    assert.is(stderr, `weft: ${message}\n`);
    assert.is(status, 2);
    assert.is(stdout, '');
  });
}

test('an empty text', async () => {
  const { status, stderr } = await runWords(['train', '--out', '']);
  assert.is(stderr, 'weft: --out: expected a text, got nothing\n');
  assert.is(status, 2);
});

test('a message is one short line without control characters, whatever the words hold', async () => {
  const { status, stderr } = await runWords(['train', '--seed', `\u001b[2J\n${'7'.repeat(50_000)}\u0007x`]);
  assert.is(status, 2);
  assert.ok(stderr.length <= 301, String(stderr.length));
  assert.match(
    stderr,
    /^weft: --seed: expected a whole number from 0 to 4294967295, got "\\x1b\[2J 777.*777\\x07x"\n$/,
  );
});

test('what is meant for options stays possible', async () => {
  const folder = await runWords(['summary', '--data=nowhere', '--no-json']);
  assert.is(folder.stderr, 'weft: nowhere: no such folder\n');
  assert.is((await runWords(['kernel', 'relu', '3', '--fma=false', '--'])).status, 0);
});

test('-- may stand before the pictures: - is standard input, and a name may begin with a dash', () => {
  assert.equal(nameStandardInput(['predict', 'run', '-', '--json']), [
    'predict',
    'run',
    '/dev/stdin',
    '--json',
  ]);
  assert.equal(nameStandardInput(['predict', 'run', '--', '-']), ['predict', 'run', '/dev/stdin']);
  assert.equal(nameStandardInput(['predict', '--json', '--', 'run', '--x.png', 'y.png']), [
    'predict',
    '--json',
    'run',
    './--x.png',
    'y.png',
  ]);
});

test('program --data: the step for other images', async () => {
  const folder = temporaryFolder();
  try {
    writeTinyDataset(folder.path, 20, 10);
    const { status, stdout, stderr } = await runWords([
      'program',
      '--data',
      folder.path,
      '--batch-size',
      '4',
    ]);
    assert.is(status, 0, stderr);
    assert.match(stdout, /\[4, 6, 6, 1\] = gatherImages/);
    const square = await runWords(['program', '--image-size', '12x9', '--channels', 'rgb']);
    assert.match(square.stdout, /\[64, 12, 9, 3\] = gatherImages/);
  } finally {
    folder.remove();
  }
});

test.run();
