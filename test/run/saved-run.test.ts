import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { Evaluator } from '../../src/train/evaluator.ts';
import { readRunDataset } from '../../src/run/dataset.ts';
import { readRun } from '../../src/run/saved-run.ts';
import { cliFolder } from '../helpers/cli.ts';

const folder = cliFolder();
const run = join(folder.path, 'run');
test.before(() => {
  const { status, stderr } = folder.weft(
    'train',
    '--data',
    folder.data,
    '--model',
    'cnn-norm',
    '--epochs',
    '2',
    '--limit',
    '200',
    '--out',
    'run',
    '--engine',
    'reference',
    '--quiet',
  );
  assert.is(status, 0, stderr);
});
test.after(() => folder.remove());

test('the network of a run gives the results that the run has written down', async () => {
  const saved = readRun(run);
  const dataset = readRunDataset(saved);
  assert.is(dataset.train.y.size, 200, 'the training images are cut off as then');
  const engine = new ReferenceEngine();
  const positions = Int32Array.from(dataset.test.y.values, (_, i) => i);
  const result = await new Evaluator(saved.model, dataset.test, engine).evaluate(positions);
  const { test: expected } = JSON.parse(readFileSync(join(run, 'metrics.json'), 'utf8')) as {
    test: { loss: number; accuracy: number };
  };
  assert.is(result.accuracy, expected.accuracy);
  assert.is(result.loss, expected.loss);
  const classes = dataset.classNames.length;
  assert.is(result.probabilities.length, positions.length * classes);
  for (const [i, predicted] of result.predicted.entries()) {
    const row = result.probabilities.subarray(i * classes, (i + 1) * classes);
    assert.is(row.indexOf(Math.max(...row)), predicted, 'the largest probability is that of the prediction');
    assert.ok(Math.abs(row.reduce((sum, p) => sum + p, 0) - 1) < 1e-6);
  }
});

/** What happens to a copy of the run's folder, and the line that it must lead to. */
const damages: readonly (readonly [string, (copy: string) => void, RegExp])[] = [
  [
    'no folder',
    (copy) => rmSync(copy, { recursive: true }),
    /copy: no such folder; expected the folder of a run$/,
  ],
  ['no configuration', (copy) => rmSync(join(copy, 'config.json')), /config\.json: no such file/],
  [
    'half a configuration',
    (copy) => cut(join(copy, 'config.json'), 100),
    /config\.json: cannot be read: .*JSON/,
  ],
  ['null', (copy) => writeFileSync(join(copy, 'config.json'), 'null'), /config\.json: model is missing/],
  ['a setting of another kind', (copy) => change(copy, { limit: -1 }), /config\.json: limit cannot be -1/],
  ['a network that is none', (copy) => change(copy, { layers: [] }), /config\.json: layers is empty/],
  [
    'other layers',
    (copy) => change(copy, { layers: flatLayers }),
    /model\.safetensors: the model has no parameter conv2d_1/,
  ],
  [
    'no weights at all',
    (copy) => {
      for (const file of ['model.safetensors', 'last.safetensors']) rmSync(join(copy, file));
    },
    /copy: has no model\.safetensors/,
  ],
  [
    'half the weights',
    (copy) => cut(join(copy, 'model.safetensors'), 5000),
    /model\.safetensors: its tensors take/,
  ],
];
const flatLayers = [{ type: 'flatten' }, { type: 'dense', units: 10 }];

function cut(file: string, bytes: number): void {
  writeFileSync(file, readFileSync(file).subarray(0, bytes));
}

function change(copy: string, settings: object): void {
  const file = join(copy, 'config.json');
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...settings }));
}

for (const [what, damage, message] of damages) {
  test(`a folder with ${what} is refused in one line`, () => {
    const copy = join(folder.path, 'copy');
    rmSync(copy, { recursive: true, force: true });
    cpSync(run, copy, { recursive: true });
    damage(copy);
    assert.throws(
      () => readRun(copy),
      (error: Error) => message.test(error.message) && !error.message.includes('\n'),
    );
  });
}

test('a run that was killed before it wrote its result is read from its last checkpoint', () => {
  const copy = join(folder.path, 'copy');
  rmSync(copy, { recursive: true, force: true });
  cpSync(run, copy, { recursive: true });
  const whole = readRun(copy);
  assert.ok(whole.finished);
  rmSync(join(copy, 'model.safetensors'));
  const unfinished = readRun(copy);
  assert.not.ok(unfinished.finished);
  assert.match(unfinished.weightsOf, /^epoch 2, .*the run was not finished$/);
  assert.equal([...unfinished.weights.keys()].toSorted(), [...whole.weights.keys()].toSorted());
  for (const [name, { values }] of whole.weights) assert.equal(unfinished.weights.get(name)!.values, values);
});

test('data that the network cannot take are refused: another size', () => {
  const saved = readRun(run);
  assert.throws(
    () => readRunDataset({ ...saved, configuration: { ...saved.configuration, inputShape: [28, 28, 1] } }),
    /its images are \[6, 6, 1\], the network of .*run takes \[28, 28, 1\]/,
  );
  assert.throws(
    () => readRunDataset({ ...saved, configuration: { ...saved.configuration, classNames: ['a', 'b'] } }),
    /it has 10 classes, the network of .*run knows 2/,
  );
});

test.run();
