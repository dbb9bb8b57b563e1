import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeSafetensors, type NamedValues } from '../../src/model/safetensors.ts';
import { readWeightsFile } from '../../src/model/safetensors-file.ts';
import { readHistory } from '../../src/run/history.ts';
import { readTestEvaluation } from '../../src/run/metrics.ts';
import { readRun } from '../../src/run/saved-run.ts';
import { readSavedState } from '../../src/run/saved-state.ts';
import { cliFolder } from '../helpers/cli.ts';

const folder = cliFolder();
test.after(() => folder.remove());
const run = join(folder.path, 'run');
const copy = join(folder.path, 'copy');

test.before(() => {
  const settings = '--limit 50 --epochs 2 --early-stopping 5 --engine reference --no-report --quiet';
  const args = ['--data', folder.data, '--out', 'run', ...settings.split(' ')];
  const { status, stderr } = folder.weft('train', ...args);
  assert.is(status, 0, stderr);
});
test.before.each(() => {
  rmSync(copy, { recursive: true, force: true });
  cpSync(run, copy, { recursive: true });
});

/** Reads everything that commands read of a run. */
function readAll(): void {
  readRun(copy);
  readHistory(copy);
  readTestEvaluation(copy);
  readSavedState(copy);
}

/** What a reader may throw: a line that a person can understand. @returns null if it threw nothing */
function messageOf(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    const { name, message } = error as Error;
    assert.ok(['RunError', 'WeightsError', 'ModelError'].includes(name), `${name}: ${message}`);
    assert.not.match(message, /\n|undefined|\[object|Cannot read prop|is not a function|NaN bytes/);
    return message;
  }
}

const content = (file: string): Buffer => readFileSync(join(run, file));
const put = (file: string, bytes: Uint8Array | string): void => writeFileSync(join(copy, file), bytes);

for (const file of [
  'config.json',
  'history.csv',
  'metrics.json',
  'model.safetensors',
  'last.safetensors',
  'best.safetensors',
]) {
  test(`${file}, cut anywhere: read, or refused in one line`, () => {
    const whole = content(file);
    const cuts = file === 'history.csv' ? whole.length : 60;
    for (let i = 0; i <= cuts; i++) {
      put(file, whole.subarray(0, Math.floor((i * whole.length) / cuts)));
      messageOf(readAll);
    }
    assert.is(messageOf(readAll), null, 'the whole file');
  });
}

test('history.csv: a line that was cut off is left out; other damage is named by line and column', () => {
  const [head, first, second] = content('history.csv').toString().split('\n') as [string, string, string];
  put('history.csv', `${head}\n${first}\n${second.slice(0, 10)}`);
  assert.is(readHistory(copy).length, 1);
  for (const [text, message] of [
    ['', /history\.csv: its first line does not name the columns/],
    [head, /history\.csv: its first line does not name the columns/],
    [`${head}\n${first}\n${second.slice(0, 10)}\n`, /history\.csv: line 3: it has not as many cells/],
    [`${head}\n${second}\n`, /history\.csv: line 2: epoch cannot be 2: it is number 1 in the list/],
    [`${head}\n${first.replace(/^1,[^,]*/, '1,')}\n`, /history\.csv: line 2: loss is missing/],
    [`${head}\n${first.replace(/^1,[^,]*/, '1,abc')}\n`, /history\.csv: line 2: loss cannot be NaN/],
    ['epoch,loss\n1,0.5\n', /history\.csv: line 2: accuracy is missing/],
  ] as const) {
    put('history.csv', text);
    assert.match(messageOf(() => readHistory(copy)) ?? 'nothing was refused', message);
  }
});

/** Every place in a value, as a list of keys. */
function* places(value: unknown, path: readonly (string | number)[] = []): Generator<(string | number)[]> {
  yield [...path];
  if (typeof value !== 'object' || value === null) return;
  const keys = Array.isArray(value) ? [...value.keys()].slice(0, 2) : Object.keys(value);
  for (const key of keys) yield* places((value as Record<string, unknown>)[key], [...path, key]);
}

function replaced(value: unknown, [key, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (key === undefined) return by;
  const changed = structuredClone(value) as Record<string, unknown>;
  const inner = replaced(changed[key], rest, by);
  if (inner === undefined) delete changed[key];
  else changed[key] = inner;
  return changed;
}

const strangers: readonly unknown[] = [undefined, null, 'x', -1, 0.5, {}, [], [null], true];

/** @returns how many of the changes were refused */
function refusals(value: unknown, write: (changed: unknown) => void): number {
  let refused = 0;
  for (const place of places(value)) {
    for (const by of strangers) {
      write(replaced(value, place, by));
      if (messageOf(readAll) !== null) refused++;
    }
  }
  return refused;
}

for (const file of ['config.json', 'metrics.json']) {
  test(`${file}: each field missing or of another kind: read, or refused in one line`, () => {
    const refused = refusals(JSON.parse(content(file).toString()), (changed) =>
      put(file, JSON.stringify(changed ?? null)),
    );
    assert.ok(refused > 50, `${refused} were refused`);
  });
}

test('the state in a checkpoint: each field missing or of another kind: read, or refused in one line', () => {
  const { weights, metadata } = readWeightsFile(join(run, 'last.safetensors'));
  const refused = refusals(JSON.parse(metadata['training']!), (changed) =>
    put(
      'last.safetensors',
      encodeSafetensors(weights, { ...metadata, training: JSON.stringify(changed ?? null) }),
    ),
  );
  assert.ok(refused > 50, `${refused} were refused`);
});

test('the header of a safetensors file: each field missing or of another kind: read, or refused in one line', () => {
  const bytes = content('model.safetensors');
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as unknown;
  const refused = refusals(header, (changed) => {
    const json = Buffer.from(JSON.stringify(changed ?? null));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(json.length));
    put('model.safetensors', Buffer.concat([size, json, bytes.subarray(8 + length)]));
  });
  assert.ok(refused > 50, `${refused} were refused`);
});

test('what a message says of a field: its place, and what is there', () => {
  const change = (file: string, place: readonly (string | number)[], by: unknown): void =>
    put(file, JSON.stringify(replaced(JSON.parse(content(file).toString()), place, by)));
  change('metrics.json', ['test', 'classes', 1, 'name'], undefined);
  assert.match(messageOf(readAll)!, /metrics\.json: test\.classes\[1\]\.name is missing$/);
  change('metrics.json', ['test', 'loss'], { a: 1 });
  assert.match(messageOf(readAll)!, /metrics\.json: test\.loss cannot be \{"a":1\}$/);
  change('config.json', ['dataset'], 5);
  assert.match(messageOf(readAll)!, /config\.json: dataset cannot be 5: this is not the file of a run/);
});

for (const [file, wrong] of [
  ['model.safetensors', NaN],
  ['last.safetensors', Infinity],
  ['best.safetensors', -Infinity],
] as const) {
  test(`a weight in ${file} that is not a finite number is refused by name`, () => {
    const { weights, metadata } = readWeightsFile(join(run, file));
    const damaged = new Map<string, NamedValues>(weights);
    const { shape, values } = weights.get('dense_1/kernel')!;
    damaged.set('dense_1/kernel', { shape, values: values.with(3, wrong) });
    put(file, encodeSafetensors(damaged, metadata));
    // best.safetensors counts where the last epoch is not the best
    const read = file === 'best.safetensors' ? () => readBestOf(copy) : readAll;
    assert.match(
      messageOf(read) ?? 'nothing was refused',
      new RegExp(`${file}: dense_1/kernel: its value at position 3 is ${wrong}, not a finite number`),
    );
  });
}

function readBestOf(path: string): void {
  const { weights, metadata } = readWeightsFile(join(path, 'last.safetensors'));
  const training = JSON.parse(metadata['training']!) as { history: { validation: { loss: number } }[] };
  const best = Number(readWeightsFile(join(path, 'best.safetensors')).metadata['epoch']);
  training.history[best - 1]!.validation.loss = 0;
  if (best === training.history.length)
    training.history.push({ ...training.history[0]!, epoch: best + 1 } as never);
  writeFileSync(
    join(path, 'last.safetensors'),
    encodeSafetensors(weights, { ...metadata, training: JSON.stringify(training) }),
  );
  readSavedState(path);
}

for (const file of ['config.json', 'history.csv', 'metrics.json', 'model.safetensors', 'last.safetensors']) {
  test(`${file}: a pipe, a device that never ends, a folder are refused at once`, () => {
    const path = join(copy, file);
    rmSync(path);
    execFileSync('mkfifo', [path]);
    assert.match(
      messageOf(readAll) ?? 'nothing was refused',
      /this is a device or a pipe, not a regular file/,
    );
    rmSync(path);
    execFileSync('ln', ['-s', '/dev/zero', path]);
    assert.match(
      messageOf(readAll) ?? 'nothing was refused',
      /this is a device or a pipe, not a regular file/,
    );
    rmSync(path);
    execFileSync('mkdir', [path]);
    assert.match(messageOf(readAll) ?? 'nothing was refused', /this is a folder, not a file/);
  });
}

test.run();
