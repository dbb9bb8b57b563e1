import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readIdxFolder } from '../../src/data/idx/idx-folder.ts';
import { buildModel } from '../../src/model/build-model.ts';
import { readSafetensors } from '../../src/model/safetensors-file.ts';
import { writeWeights } from '../../src/model/weights.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { Evaluator } from '../../src/train/evaluator.ts';
import { assertClose } from '../helpers/close.ts';
import { cliFolder, type Outcome } from '../helpers/cli.ts';

const root = join(import.meta.dirname, '../..');
const folder = cliFolder();
test.after(() => folder.remove());
const { data, weft } = folder;
const example = join(root, 'examples/models/small-cnn.json');

function trainOn(model: string, ...args: string[]): Outcome {
  return weft('train', '--data', data, '--epochs', '2', '--model', model, ...args);
}

function writeModel(...layers: object[]): void {
  writeFileSync(join(folder.path, 'net.json'), JSON.stringify({ layers }));
}

test('a model file is trained; its run can be rebuilt and evaluated when the file is gone', async () => {
  copyFileSync(example, join(folder.path, 'net.json'));
  const { status, stdout, stderr } = trainOn('net.json', '--out', 'run');
  assert.is(status, 0, stderr);
  assert.match(stdout, /conv2d_2 .* 4,640/);
  rmSync(join(folder.path, 'net.json'));

  const read = (name: string) => JSON.parse(readFileSync(join(folder.path, 'run', name), 'utf8'));
  const config = read('config.json');
  assert.is(config.model, 'net.json');
  assert.equal(config.layers, JSON.parse(readFileSync(example, 'utf8')).layers);
  const { layers, inputShape, classNames } = config;
  const model = buildModel(layers, { source: 'config.json', inputShape, classes: classNames.length });
  const engine = new ReferenceEngine();
  writeWeights(model, engine, readSafetensors(join(folder.path, 'run/model.safetensors')), 'run');
  const { test: examples } = readIdxFolder(data);
  const positions = Int32Array.from(examples.y.values, (_, i) => i);
  const { loss, accuracy } = await new Evaluator(model, examples, engine).evaluate(positions);
  const expected = read('metrics.json').test;
  assertClose([loss, accuracy], [expected.loss, expected.accuracy], { rtol: 1e-4, atol: 0 });
});

test('a preset leaves its layers in the settings, too, with the dropout that was asked for', () => {
  assert.is(trainOn('mlp', '--dropout', '0.2', '--out', 'preset').status, 0);
  const { layers } = JSON.parse(readFileSync(join(folder.path, 'preset/config.json'), 'utf8'));
  assert.equal(layers.slice(0, 4), [
    { type: 'flatten' },
    { type: 'dense', units: 32 },
    { type: 'relu' },
    { type: 'dropout', rate: 0.2 },
  ]);
});

test('the run of a model file is named after it', () => {
  mkdirSync(join(folder.path, 'nets'));
  copyFileSync(example, join(folder.path, 'nets/mine.json'));
  assert.is(trainOn('nets/mine.json', '--quiet').status, 0);
  assert.match(readdirSync(join(folder.path, 'runs'))[0]!, /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-mine$/);
});

test('weft program prints the training step of a model file', () => {
  const { status, stdout } = weft('program', '--model', example, '--batch-size', '3');
  assert.is(status, 0);
  assert.match(stdout, /conv2d_2\/kernel \[3, 3, 16, 32\]/);
  assert.match(stdout, / \[3, 64\] = matmul\(%\d+ \[3, 1568\], dense_1\/kernel \[1568, 64\]\)/);
});

test('mistakes on the command line: status 2 and one line', () => {
  const expected =
    'mlp, mlp-norm, cnn, cnn-dropout, cnn-norm, cnn-residual, table, or the path of a .json file';
  const unknown = `weft: --model: unknown network "resnet"; expected ${expected}\n`;
  writeModel({ type: 'flatten' }, { type: 'dense', units: 10 });
  for (const [args, message] of [
    [['--model', 'resnet'], unknown],
    [['--model', 'toString'], `weft: --model: unknown network "toString"; expected ${expected}\n`],
    [['--model', ''], 'weft: --model: expected a text, got nothing\n'],
    [
      ['--model', 'ccn-dropout'],
      `weft: --model: unknown network "ccn-dropout"; did you mean cnn-dropout? expected ${expected}\n`,
    ],
    [['--model', 'mlp', '--model', 'cnn'], 'weft: --model is given twice\n'],
    [
      ['--model', 'net.json', '--dropout', '0.1'],
      'weft: --dropout does not go with a model file; put dropout layers into net.json\n',
    ],
  ] as const) {
    const { status, stdout, stderr } = weft('train', '--data', data, ...args);
    assert.is(stderr, message);
    assert.is(status, 2);
    assert.is(stdout, '');
  }
  const program = weft('program', '--model', 'resnet');
  assert.is(program.stderr, unknown);
  assert.is(program.status, 2);
});

test('mistakes in the file: status 1, one line, no run folder', () => {
  for (const [layers, message] of [
    [
      [{ type: 'flatten' }, { type: 'dense', unit: 3 }],
      /net\.json: layers\[1\]: dense: unknown option "unit"; /,
    ],
    [
      [{ type: 'dense', units: 10 }],
      /net\.json: layers\[0\]: dense_1: .* expected 1 dimensions, got \[6, 6, 1\]/,
    ],
    [
      [{ type: 'flatten' }],
      /net\.json: layers\[0\]: the last layer, flatten_1, gives \[36\]; it must give \[10\]/,
    ],
  ] as const) {
    writeModel(...layers);
    const { status, stdout, stderr } = trainOn('net.json', '--out', 'failed');
    assert.is(status, 1);
    assert.match(stderr, message);
    assert.match(stderr, /^weft: .*\n$/);
    assert.is(stdout, '');
  }
  assert.is(trainOn('missing.json').stderr, 'weft: missing.json: no such file\n');
  assert.is(trainOn('./data').stderr, 'weft: ./data: this is a folder, not a file\n');
  assert.not.ok(readdirSync(folder.path).includes('failed'));
  assert.is(weft('program', '--model', 'missing.json').status, 1);
});

test.run();
