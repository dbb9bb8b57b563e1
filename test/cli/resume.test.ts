import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cliFolder, main } from '../helpers/cli.ts';

const folder = cliFolder();
test.after(() => folder.remove());
const { data, weft } = folder;
const settings = ['--data', data, '--engine', 'wasm', '--threads', '1', '--dropout', '0.2', '--quiet'];
const read = (run: string, file: string): Buffer => readFileSync(join(folder.path, run, file));

/** The rows without what a clock says. */
const history = (run: string): string[] =>
  read(run, 'history.csv')
    .toString()
    .trim()
    .split('\n')
    .map((row) => row.split(',').slice(0, 6).join());

/** Starts a run and ends it by a signal so many milliseconds after its folder has a configuration. */
async function stopped(signal: NodeJS.Signals, milliseconds: number, args: string[]): Promise<number | null> {
  const child = spawn(process.execPath, [main, 'train', ...args], { cwd: folder.path, stdio: 'ignore' });
  const run = args[args.indexOf(args.includes('--out') ? '--out' : '--resume') + 1]!;
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const begun = (): boolean => {
    try {
      return readdirSync(join(folder.path, run)).includes('lock');
    } catch {
      return false;
    }
  };
  while (!begun() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  child.kill(signal);
  return ended;
}

test('a run that is killed at any moment, again and again, ends with the bits of the unbroken run', async () => {
  const epochs = '60';
  const whole = weft('train', ...settings, '--epochs', epochs, '--out', 'whole');
  assert.is(whole.status, 0, whole.stderr);
  await stopped('SIGKILL', 300, ['--epochs', epochs, '--out', 'broken', ...settings]);
  for (const milliseconds of [120, 77, 150]) {
    if (!readdirSync(join(folder.path, 'broken')).includes('config.json')) continue;
    await stopped('SIGKILL', milliseconds, ['--resume', 'broken', '--quiet']);
  }
  await stopped('SIGINT', 90, ['--resume', 'broken', '--quiet']);
  const { status, stderr } = weft('train', '--resume', 'broken', '--quiet');
  assert.is(status, 0, stderr);
  const weights = (run: string): Buffer => read(run, 'model.safetensors');
  assert.ok(weights('broken').equals(weights('whole')));
  assert.equal(history('broken'), history('whole'));
  assert.is(read('broken', 'history.jsonl').toString().trim().split('\n').length, Number(epochs));
  assert.is(readdirSync(join(folder.path, 'broken')).filter((file) => /lock|tmp$/.test(file)).length, 0);
});

test('--until stops with the schedule of all epochs; --no-test leaves the test images alone', () => {
  const recipe = [...settings, '--epochs', '5', '--schedule', 'one-cycle'];
  assert.is(weft('train', ...recipe, '--out', 'at-once').status, 0);
  const first = weft('train', ...recipe, '--out', 'in-parts', '--until', '2', '--no-test');
  assert.is(first.status, 0, first.stderr);
  assert.match(first.stdout, /^2 of 5 epochs, validation loss [\d.]+; not tested\n$/);
  const second = weft('train', '--resume', 'in-parts', '--no-test');
  assert.match(second.stdout, /^5 of 5 epochs, .*\nto go on: npm run evaluate -- in-parts$/m);
  const files = readdirSync(join(folder.path, 'in-parts'));
  assert.not(files.includes('metrics.json'));
  assert.ok(read('in-parts', 'model.safetensors').equals(read('at-once', 'model.safetensors')));
  assert.equal(history('in-parts'), history('at-once'));
  // tested later, it is a run like any other
  assert.is(weft('train', '--resume', 'in-parts', '--quiet').status, 0);
  assert.ok(readdirSync(join(folder.path, 'in-parts')).includes('report.html'));
});

test('a flag that contradicts the run is refused by name; so are --out and --config', () => {
  const refused = (args: string[], message: RegExp): void => {
    const { status, stderr } = weft('train', '--resume', 'whole', ...args);
    assert.is(status, 2);
    assert.match(stderr, /^weft: .*\n$/);
    assert.match(stderr, message);
  };
  refused(['--batch-size', '32'], /--batch-size 32 contradicts the run, which has 64/);
  refused(['--momentum', '0.5'], /--momentum 0.5 contradicts the run, which has none/);
  refused(['--epochs', '3'], /--epochs 3: the run has finished 60 epochs already/);
  refused(['--out', 'x'], /--out does not go with --resume/);
  refused(['--config', 'x'], /--config does not go with --resume/);
});

test('a folder that a living process writes to is refused; the lock of a dead one is taken over', () => {
  const lock = join(folder.path, 'whole/lock');
  writeFileSync(lock, JSON.stringify({ pid: process.pid, host: hostname() }));
  const held = weft('train', '--resume', 'whole', '--epochs', '61', '--quiet');
  assert.is(held.status, 1);
  assert.match(held.stderr, new RegExp(`process ${process.pid} is writing to whole; wait for its end`));
  writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }));
  assert.is(weft('train', '--resume', 'whole', '--epochs', '61', '--quiet').status, 0);
  assert.not.ok(readdirSync(join(folder.path, 'whole')).includes('lock'));
});

test('--config: its options hold, flags win, and the config.json of a run will do', () => {
  const file = join(folder.path, 'my.json');
  writeFileSync(file, JSON.stringify({ data, epochs: 1, batchSize: 32, 'early-stopping': 3, quiet: true }));
  const { status, stderr } = weft('train', '--config', file, '--batch-size', '50', '--out', 'configured');
  assert.is(status, 0, stderr);
  const config = JSON.parse(read('configured', 'config.json').toString());
  assert.equal([config.epochs, config.batchSize, config.earlyStopping], [1, 50, 3]);
  const again = weft('train', '--config', 'configured/config.json', '--out', 'again', '--quiet');
  assert.is(again.status, 0, again.stderr);
  assert.ok(read('again', 'model.safetensors').equals(read('configured', 'model.safetensors')));
});

for (const [content, message] of [
  ['{"epoch": 3}', /unknown option "epoch"; did you mean epochs\?/],
  ['{"epochs": "abc"}', /--epochs: expected a whole number from 1 to 100000, got "abc"/],
  ['{"flip": 1}', /flip: expected true or false, got 1/],
  ['{"engine": "cuda"}', /engine: expected auto, reference, wasm, gpu, got "cuda"/],
  ['[]', /expected an object/],
  ['{"epochs"', /cannot be read: .*JSON/],
  ['{"batchSize": 1, "batch-size": 2}', /batch-size is given twice/],
] as const) {
  test(`--config refuses ${content} in one line, status 2`, () => {
    writeFileSync(join(folder.path, 'bad.json'), content);
    const { status, stderr } = weft('train', '--config', 'bad.json');
    assert.is(status, 2, stderr);
    assert.match(stderr, /^weft: .*\n$/);
    assert.match(stderr, message);
  });
}

test('a disk that is full: one line, status 1, and the checkpoint of before is whole', () => {
  rmSync(join(folder.path, 'full'), { recursive: true, force: true });
  mkdirSync(join(folder.path, 'full'));
  const first = weft('train', ...settings, '--epochs', '2', '--out', 'full');
  assert.is(first.status, 0, first.stderr);
  const before = read('full', 'last.safetensors');
  // no file may grow beyond 100 blocks of 1024 bytes: a write takes a part, and then fails
  const line = `ulimit -f 100; exec "${process.execPath}" "${main}" train --resume full --epochs 3 --quiet`;
  const { status, stderr } = folder.shell(line);
  assert.is(status, 1);
  assert.match(stderr, /^weft: cannot write full\/last\.safetensors: .*; the file is as it was before\n$/);
  assert.ok(read('full', 'last.safetensors').equals(before));
});

test.run();
