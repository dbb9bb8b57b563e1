import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readSafetensors } from '../../src/model/safetensors-file.ts';
import { cliFolder, main } from '../helpers/cli.ts';

const folder = cliFolder();
test.after(() => folder.remove());
const { data, weft } = folder;

const quick = ['train', '--data', data, '--epochs', '2'];

test('a run leaves weights, history, metrics and settings, and says where', () => {
  const { status, stdout, stderr } = weft(...quick, '--out', 'run', '--seed', '3');
  assert.is(status, 0, stderr);
  assert.match(stdout, /dense_5 .* 1,290/);
  assert.match(stdout, /^engine {2}wasm: WebAssembly SIMD, .* \(the fastest engine here\)$/m);
  assert.match(stdout, /^test loss \d\.\d{4}, test accuracy \d+\.\d\d %$/m);
  assert.match(stdout, /^written to run: model\.safetensors/m);
  assert.is(stderr.match(/^epoch \d\/2 {2}loss /gm)?.length, 2, 'one plain line for each epoch');

  const path = (name: string): string => join(folder.path, 'run', name);
  const rows = readFileSync(path('history.csv'), 'utf8').trim().split('\n');
  assert.is(rows[0], 'epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds,images_per_second');
  assert.is(rows.length, 3);
  const metrics = JSON.parse(readFileSync(path('metrics.json'), 'utf8'));
  assert.equal(Object.keys(metrics), [
    'model',
    'parameters',
    'engine',
    'seed',
    'epochs',
    'batchSize',
    'weights',
    'train',
    'validation',
    'test',
    'confusion',
    'epochSeconds',
  ]);
  assert.is(
    metrics.confusion.flat().reduce((a: number, b: number) => a + b),
    50,
  );
  const config = JSON.parse(readFileSync(path('config.json'), 'utf8'));
  assert.is(config.seed, 3);
  assert.is(Object.keys(config.dataset.checksums).length, 4);
  assert.is(readSafetensors(path('model.safetensors')).get('dense_1/kernel')!.shape.join(), '36,32');
});

test('--json prints one JSON object a line, and nothing else on either stream', () => {
  const { status, stdout, stderr } = weft(...quick, '--out', 'json', '--json');
  assert.is(status, 0);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string });
  assert.equal(
    events.map(({ event }) => event),
    ['start', 'epoch', 'epoch', 'end'],
  );
  assert.is(stderr, '');
});

test('--quiet prints the result only', () => {
  const { stdout, stderr } = weft(...quick, '--out', 'quiet', '--quiet');
  assert.match(stdout, /^test loss \d\.\d{4}, test accuracy \d+\.\d\d %\n$/);
  assert.is(stderr, '');
});

test('--engine and --threads: what is asked for runs, or the run fails and says why', () => {
  const reference = weft(...quick, '--out', 'reference', '--engine', 'reference');
  assert.match(reference.stdout, /^engine {2}reference: TypeScript loops, 1 thread \(asked for\)$/m);
  const narrow = weft(...quick, '--out', 'narrow', '--engine', 'wasm', '--threads', '1', '--no-revectorize');
  assert.match(narrow.stdout, /^engine {2}wasm: WebAssembly SIMD, 128-bit .*, 1 thread \(asked for\)$/m);
  const impossible = weft(...quick, '--out', 'impossible', '--engine', 'reference', '--threads', '2');
  assert.is(impossible.status, 1);
  assert.is(impossible.stderr, 'weft: the reference engine runs on 1 thread, not on 2\n');
});

test('cnn: the wasm engine and the reference train alike, losses to 1e-4', () => {
  const losses = ['reference', 'wasm'].map((engine) => {
    const args = ['train', '--data', data, '--model', 'cnn-dropout', '--epochs', '2', '--batch-size', '32'];
    const { stdout, status } = weft(
      ...args,
      '--limit',
      '100',
      '--engine',
      engine,
      '--out',
      `cnn-${engine}`,
      '--json',
    );
    assert.is(status, 0);
    return stdout.match(/"loss":[\d.]+/g)!.map((text) => Number(text.slice(7)));
  });
  assert.is(losses[0]!.length, losses[1]!.length);
  for (const [index, loss] of losses[0]!.entries()) {
    assert.ok(Math.abs(loss - losses[1]![index]!) < 1e-4 * loss, losses.join(' | '));
  }
});

test('without --out the run goes to runs/<time>-<model>', () => {
  assert.is(weft(...quick, '--quiet').status, 0);
  assert.match(readdirSync(join(folder.path, 'runs'))[0]!, /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-mlp$/);
});

const usageErrors: [string[], RegExp][] = [
  [['--epochs', 'abc'], /--epochs: expected a whole number from 1 to 100000, got "abc"/],
  [['--epochs', '-1'], /--epochs: .* got "-1"/],
  [['--epochs', '0.5'], /--epochs: .* got "0.5"/],
  [['--epochs', '1e9'], /--epochs: .* got "1e9"/],
  [['--epochs'], /epochs/],
  [['--batch-size', '0'], /--batch-size: expected a whole number from 1 to 65536, got "0"/],
  [
    ['--validation-split', '1.5'],
    /--validation-split: expected a number of at least 0 and below 1, got "1.5"/,
  ],
  [['--learning-rate', 'nan'], /--learning-rate: expected a number above 0, got "nan"/],
  [['--learning-rate', '0x10'], /--learning-rate: expected a number above 0, got "0x10"/],
  [['--seed', ''], /--seed: expected a whole number/],
  [['--dropout', '1'], /--dropout: expected a number of at least 0 and below 1, got "1"/],
  [['--epoch', '3'], /unknown option --epoch; did you mean --epochs\?/],
  [['--epochs', '3', '--epochs', '4'], /--epochs is given twice/],
  [['--data', 'a'], /--data is given twice/],
  [['--colour'], /unknown option --colour; see --help/],
  [['--engine', 'cuda'], /Invalid values: Argument: engine, Given: "cuda"/],
  [['--momentum', '0.9'], /--momentum goes with --optimizer sgd/],
  [['--model', 'cnn-dropout', '--dropout', '0.1'], /--dropout does not go with --model cnn-dropout/],
  [['--label-smoothing', '1'], /--label-smoothing: expected a number of at least 0 and below 1, got "1"/],
  [['--preset', 'slow'], /Invalid values: Argument: preset, Given: "slow", Choices: "mlp", .*"fast"/],
  [['--preset', 'mlp', '--preset', 'fast'], /--preset is given twice/],
  [['--preset'], /preset/],
  [['--preset', 'cnn-dropout', '--dropout', '0.1'], /--dropout does not go with --model cnn-dropout/],
  [['--warmup', '0.1'], /--warmup goes with --schedule cosine/],
  [['--limit', '1', '--validation-split', '0.9'], /leaves no image to train on/],
];
for (const [args, message] of usageErrors) {
  test(`usage error, status 2, one line: ${args.join(' ')}`, () => {
    const { status, stdout, stderr } = weft('train', '--data', data, ...args);
    assert.is(status, 2);
    assert.match(stderr, message);
    assert.match(stderr, /^weft: .*\n$/);
    assert.is(stdout, '');
  });
}

test('a folder that is in use, and one that cannot be made, are refused before training', () => {
  mkdirSync(join(folder.path, 'used'));
  writeFileSync(join(folder.path, 'used/thesis.txt'), 'precious');
  const used = weft(...quick, '--out', 'used');
  assert.is(used.status, 2);
  assert.match(used.stderr, /--out used: the folder is not empty/);
  assert.is(readFileSync(join(folder.path, 'used/thesis.txt'), 'utf8'), 'precious');

  const impossible = weft(...quick, '--out', 'used/thesis.txt/run');
  assert.is(impossible.status, 1);
  assert.match(impossible.stderr, /^weft: cannot write to the folder used\/thesis\.txt\/run: .*\n$/);
});

test('failures while running end with status 1 and one line: no data, divergence', () => {
  const missing = weft('train', '--data', 'nowhere');
  assert.is(missing.status, 1);
  assert.is(missing.stderr, 'weft: nowhere: no such folder\n');
  const diverged = weft(...quick, '--optimizer', 'sgd', '--learning-rate', '1e30', '--out', 'diverged');
  assert.is(diverged.status, 1);
  assert.match(diverged.stderr, /weft: the loss became (NaN|Infinity) in epoch 1 by step \d+/);
});

test('Ctrl-C ends after the current batch, keeps what was trained and says where', async () => {
  const args = [main, 'train', '--data', data, '--epochs', '100000', '--out', 'interrupted'];
  const child = spawn(process.execPath, args, { cwd: folder.path });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const status = await new Promise((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      if (!stderr.includes('epoch ')) child.kill('SIGINT');
      stderr += chunk.toString();
    });
    child.on('close', resolve);
  });
  assert.is(status, 130);
  assert.match(stderr, /weft: interrupted after \d+ of 100000 epochs; keeping what was trained/);
  assert.match(stdout, /written to interrupted/);
  assert.is(readSafetensors(join(folder.path, 'interrupted/model.safetensors')).size, 10);
});

test('--help is a page with groups, defaults and examples; --version is the version', () => {
  const { status, stdout } = weft('train', '--help');
  assert.is(status, 0);
  for (const part of [
    'Model and data:',
    'Training:',
    'Running:',
    'Examples:',
    '--batch-size',
    '[default: 64]',
  ]) {
    assert.ok(stdout.includes(part), part);
  }
  assert.match(weft('--version').stdout, /^\d+\.\d+\.\d+\n$/);
  assert.is(weft().status, 2);
  assert.match(
    weft('tran').stderr,
    /^weft: unknown command tran; expected eda, train, (\S+, )*\S+ or kernel\n$/,
  );
});

test.run();
