import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadModel } from '../../src/model/saved-model-file.ts';
import { writeWeights } from '../../src/model/weights.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { Evaluator } from '../../src/train/evaluator.ts';
import { readRunDataset } from '../../src/run/dataset.ts';
import { readRun } from '../../src/run/saved-run.ts';
import { cliFolder } from '../helpers/cli.ts';
import { parseOnnx, runOnnx } from '../helpers/onnx.ts';

const folder = cliFolder();
const { weft } = folder;
const inRun = (name: string): string => join(folder.path, 'run', name);
test.before(() => {
  const settings = ['--model', 'cnn-norm', '--epochs', '2', '--limit', '200', '--dropout', '0.2'];
  const { status, stderr } = weft(
    'train',
    '--data',
    folder.data,
    ...settings,
    '--out',
    'run',
    '--engine',
    'reference',
    '--quiet',
  );
  assert.is(status, 0, stderr);
});
test.after(() => folder.remove());

test('ONNX into the folder of the run: onnxruntime gives the probabilities of the run, image by image', async () => {
  const { status, stdout, stderr } = weft('export', 'run');
  assert.is(status, 0, stderr);
  assert.is(stderr, '');
  const file = readFileSync(inRun('network.onnx'));
  const lines = stdout.trimEnd().split('\n');
  assert.match(lines[0]!, /^network {2}cnn-norm: [\d,]+ parameters$/);
  assert.match(lines[1]!, /^input {4}images float32 \[N, 6, 6, 1\]: /);
  assert.is(
    lines.at(-1),
    `written to ${join('run', 'network.onnx')}: ${file.length.toLocaleString('en-US')} bytes`,
  );

  const saved = readRun(join(folder.path, 'run'));
  const { test: examples } = readRunDataset(saved);
  const engine = new ReferenceEngine();
  writeWeights(saved.model, engine, saved.weights, 'run');
  const positions = Int32Array.from(examples.y.values, (_, i) => i);
  const expected = await new Evaluator(saved.model, examples, engine).evaluate(positions);
  const images = Float32Array.from(examples.x.values, (byte) => byte / 255);
  const { probabilities } = await runOnnx(file, images, examples.x.shape);
  assert.is(probabilities!.length, expected.probabilities.length);
  for (const [i, probability] of expected.probabilities.entries()) {
    assert.ok(Math.abs(probability - probabilities![i]!) <= 1e-5, `${i}: ${probability}`);
  }
  const { metadataProps } = parseOnnx(file);
  const classNames = metadataProps.find(({ key }) => key === 'class_names')!.value;
  assert.equal(JSON.parse(classNames), saved.configuration.classNames);
});

test('the format is that of --format, else what the name of --out ends with', () => {
  assert.is(weft('export', 'run', '--format', 'safetensors', '--quiet').stdout, 'run/network.safetensors\n');
  const network = loadModel(inRun('network.safetensors'));
  assert.equal(network.classNames, readRun(join(folder.path, 'run')).configuration.classNames);

  assert.is(weft('export', 'run', '--out', 'a.json').status, 0);
  const text = JSON.parse(readFileSync(join(folder.path, 'a.json'), 'utf8')) as { format: string };
  assert.is(text.format, 'weft network 1');

  assert.is(weft('export', 'run', '--out', 'b.json', '--format', 'onnx').status, 0);
  assert.is(parseOnnx(readFileSync(join(folder.path, 'b.json'))).producerName, 'weft');
});

test('--json prints one object', () => {
  const { stdout } = weft('export', 'run', '--out', 'c.onnx', '--json');
  const { event, file, bytes, format } = JSON.parse(stdout) as Record<string, unknown>;
  assert.equal(
    [event, file, bytes, format],
    ['export', 'c.onnx', statSync(join(folder.path, 'c.onnx')).size, 'onnx'],
  );
});

test('a file that was exported before is replaced, the files of the run are not', () => {
  writeFileSync(inRun('network.json'), 'old');
  assert.is(weft('export', 'run', '--format', 'json').status, 0);
  assert.is.not(readFileSync(inRun('network.json'), 'utf8'), 'old');
  const before = readFileSync(inRun('model.safetensors'));
  const { status, stderr } = weft('export', 'run', '--out', join('run', 'model.safetensors'));
  assert.is(status, 2);
  assert.is(
    stderr,
    'weft: --out run/model.safetensors: this is a file of the run itself; choose another name\n',
  );
  assert.equal(readFileSync(inRun('model.safetensors')), before);
});

const mistakes: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ['no run', [], 2, /^weft: expected export <run>; see --help\n$/],
  [
    'a run that is not there',
    ['nowhere'],
    1,
    /^weft: nowhere: no such folder; expected the folder of a run\n$/,
  ],
  [
    'a folder without a run',
    ['data'],
    1,
    /^weft: data\/config\.json: no such file; expected the folder of a run\n$/,
  ],
  ['another format', ['run', '--format', 'keras'], 2, /^weft: .*format.*"keras".*"onnx"/],
  [
    'no folder for it',
    ['run', '--out', 'x/y.onnx'],
    1,
    /^weft: x\/y\.onnx: cannot be written: there is no folder x\n$/,
  ],
  ['two files', ['run', '--out', 'a', '--out', 'b'], 2, /^weft: --out is given twice\n$/],
];
for (const [what, args, status, message] of mistakes) {
  test(`refuses ${what}, in one line`, () => {
    const outcome = weft('export', ...args);
    assert.match(outcome.stderr, message);
    assert.is(outcome.stderr.trimEnd().includes('\n'), false);
    assert.is(outcome.status, status);
    assert.is(outcome.stdout, '');
    assert.not.ok(existsSync(join(folder.path, 'x')));
  });
}

test.run();
