import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cliFolder } from '../helpers/cli.ts';
import { writeColourFolder } from '../helpers/picture-folder.ts';

const folder = cliFolder();
const { weft, data } = folder;
const layers = [
  { type: 'conv2d', filters: 3, kernelSize: [2, 3] },
  { type: 'batch_norm' },
  { type: 'flatten' },
  { type: 'dense', units: 10 },
];
test.before(() => writeFileSync(join(folder.path, 'net.json'), JSON.stringify({ layers })));
test.after(() => folder.remove());

/** The cells of the rows of a table. */
function cells(text: string): string[][] {
  const rows = text.split('\n').filter((line) => line.startsWith('│'));
  return rows.map((row) =>
    row
      .split('│')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

// 6×6 images: the convolution gives 5×4 pixels of 3 filters, each a sum of 2·3·1 products
const convolution = 5 * 4 * 3 * 6;
const table = [
  ['layer', 'output shape', 'parameters', 'multiply-adds'],
  ['conv2d_1', '[n, 5, 4, 3]', '21', String(convolution)],
  ['batch_norm_1', '[n, 5, 4, 3]', '12', '0'],
  ['flatten_1', '[n, 60]', '0', '0'],
  ['dense_1', '[n, 10]', '610', '600'],
  ['total', '', '643', String(convolution + 600)],
  ['trainable', '', '637', ''],
  ['non-trainable', '', '6', ''],
];
// flatten has no result of its own
const activationBytes = 4 * (60 + 60 + 10);

test('the layers of a model file, with sizes that can be worked out by hand', () => {
  const { status, stdout, stderr } = weft('summary', '--model', 'net.json', '--data', data);
  assert.is(status, 0, stderr);
  assert.equal(cells(stdout), table);
  assert.match(stdout, /^weights {6}2,572 bytes$/m);
  assert.match(stdout, new RegExp(`^activations {2}${activationBytes} bytes for an image: `, 'm'));
});

test('the network of a run, the same', () => {
  const trained = weft(
    'train',
    '--data',
    data,
    '--model',
    'net.json',
    '--epochs',
    '1',
    '--limit',
    '100',
    '--out',
    'run',
    '--engine',
    'reference',
  );
  assert.is(trained.status, 0, trained.stderr);
  assert.equal(cells(weft('summary', 'run').stdout), table);
});

test('a preset, on the data that are included unless others are named', () => {
  assert.equal(cells(weft('summary').stdout).at(-1), ['total', '', '53,354', '52,992']);
  assert.equal(cells(weft('summary', '--model', 'cnn').stdout).at(-1), ['total', '', '356,234', '7,714,560']);
  const small = 36 * 32 + 32 * 64 + 64 * 128 + 128 * 128 + 128 * 10;
  assert.is(cells(weft('summary', '--data', data).stdout).at(-1)![3], small.toLocaleString('en-US'));
});

test('--image-size and --channels, without data and with', () => {
  const total = (...args: string[]): string[] => cells(weft('summary', ...args).stdout).at(-1)!;
  const dense = (pixels: number): number => pixels * 32 + 32 * 64 + 64 * 128 + 128 * 128 + 128 * 10;
  assert.is(total('--image-size', '8x5', '--channels', 'rgb')[3], dense(8 * 5 * 3).toLocaleString('en-US'));
  assert.is(total('--image-size', '64')[3], dense(64 * 64).toLocaleString('en-US'));
  writeColourFolder(join(folder.path, 'pictures'), 5);
  const pictures = total('--data', 'pictures', '--image-size', '4', '--json=false')[3]!;
  assert.is(pictures, (dense(4 * 4 * 3) - 128 * 7).toLocaleString('en-US'), '3 classes');
  const wrong = weft('summary', '--data', data, '--image-size', '4');
  assert.match(
    wrong.stderr,
    /^weft: --image-size goes with --data and a folder of pictures; .* is not one$/m,
  );
});

test('--json prints one object', () => {
  const { stdout } = weft('summary', '--model', 'net.json', '--data', data, '--json');
  const summary = JSON.parse(stdout) as Record<string, unknown> & { layers: readonly unknown[] };
  assert.equal(
    [
      summary['event'],
      summary['inputShape'],
      summary['parameters'],
      summary['state'],
      summary['multiplyAdds'],
      summary['activationBytes'],
    ],
    ['summary', [6, 6, 1], 637, 6, convolution + 600, activationBytes],
  );
  assert.equal(summary.layers[0], {
    name: 'conv2d_1',
    outputShape: [5, 4, 3],
    multiplyAdds: convolution,
    activationBytes: 240,
    parameters: 21,
    state: 0,
  });
});

const mistakes: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  [
    'a preset in place of a run',
    ['cnn'],
    2,
    /^weft: cnn: this is not the folder of a run; did you mean --model cnn\?\n$/,
  ],
  ['a file in place of a run', ['net.json'], 2, /^weft: net\.json: .* did you mean --model net\.json\?\n$/],
  ['a run that is not there', ['nowhere'], 1, /^weft: nowhere: no such folder/],
  [
    'a run and a model',
    ['run', '--model', 'mlp'],
    2,
    /^weft: --model does not go with the folder of a run, run\n$/,
  ],
  [
    'a run and data',
    ['run', '--data', 'data'],
    2,
    /^weft: --data does not go with the folder of a run, run\n$/,
  ],
  ['a misspelt preset', ['--model', 'cnnn'], 2, /^weft: --model: unknown network "cnnn"; did you mean cnn\?/],
  [
    'a model that does not fit the data',
    ['--model', 'wide.json', '--data', 'data'],
    1,
    /^weft: wide\.json: layers\[0\]: .*window of 9/,
  ],
];
for (const [what, args, status, message] of mistakes) {
  test(`refuses ${what}, in one line`, () => {
    const wide = [{ type: 'conv2d', filters: 3, kernelSize: 9 }];
    writeFileSync(join(folder.path, 'wide.json'), JSON.stringify({ layers: wide }));
    const outcome = weft('summary', ...args);
    assert.match(outcome.stderr, message);
    assert.is(outcome.stderr.trimEnd().includes('\n'), false);
    assert.is(outcome.status, status);
    assert.is(outcome.stdout, '');
  });
}

test.run();
