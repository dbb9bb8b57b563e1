/** Names of classes and files: mistakes name their files, and control characters in names reach no terminal. */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryFolder } from '../helpers/idx-file.ts';
import { writeColourFolder } from '../helpers/picture-folder.ts';
import { runWords } from '../helpers/run-words.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());

const esc = '\u001b[2J';
const data = join(folder.path, `da\nta${esc}`);
const run = join(folder.path, `run${esc}`);
const evil = `red${esc}\u0007\nx`;
const network = ['--epochs', '1', '--engine', 'reference', '--seed', '2'];

test.before(async () => {
  mkdirSync(data);
  writeColourFolder(data, 10);
  renameSync(join(data, 'red'), join(data, evil));
  renameSync(join(data, evil, '004.png'), join(data, evil, `004${esc}.png`));
  const { status, stderr } = await runWords(['train', '--data', data, '--out', run, ...network]);
  assert.is(status, 0, stderr);
});

/** Everything but line feeds. */
// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/;

test('control characters in names are shown as escapes in tables, lines, bars and errors', async () => {
  const picture = join(data, evil, `004${esc}.png`);
  const lines = [
    ['eda', '--data', data, '--out', join(folder.path, 'eda')],
    ['evaluate', run],
    ['predict', run, '--test', '0-5'],
    ['predict', run, picture],
    ['predict', run, picture, '--quiet'],
    ['predict', run, `${picture}\u0007missing`],
    ['report', run],
    ['export', run, '--out', join(folder.path, `x${esc}`, 'no.onnx')],
    ['export', run, '--out', join(folder.path, `x${esc}.onnx`)],
    ['summary', '--model', `x${esc}.json`],
    ['train', '--resume', run],
    ['train', '--data', data, '--class-weights', `x${esc}=1`],
    ['train', '--config', `x${esc}`],
  ];
  for (const words of lines) {
    const { stdout, stderr } = await runWords(words);
    assert.not.match(stdout, control, words.join(' '));
    assert.not.match(stderr, control, words.join(' '));
    assert.ok(`${stdout}${stderr}`.includes(String.raw`\x1b[2J`), words.join(' '));
  }
});

test('a run over such names leaves its report and its curves', () => {
  for (const file of ['report.html', 'curves.svg', 'curves.png'])
    assert.ok(existsSync(join(run, file)), file);
  for (const file of ['report.html', 'curves.svg']) {
    assert.not.match(readFileSync(join(run, file), 'utf8'), control, file);
  }
  assert.ok(readFileSync(join(run, 'curves.svg'), 'utf8').includes(String.raw`mlp on da\nta\x1b[2J`));
});

interface Mistake {
  readonly file: string;
  readonly actualClass: string;
  readonly predictedClass: string;
}

test('mistakes name their files and classes: table, --json, report, predictions of test images', async () => {
  const { stdout } = await runWords(['evaluate', run, '--json']);
  const { mistakes } = JSON.parse(stdout) as { readonly mistakes: readonly Mistake[] };
  assert.ok(mistakes.length > 0, 'the network makes no mistakes');
  const table = (await runWords(['evaluate', run])).stdout.split('most confident mistakes')[1]!;
  const report = readFileSync(join(run, 'report.html'), 'utf8');
  for (const { file, actualClass, predictedClass } of mistakes) {
    assert.ok(existsSync(join(data, file)), file);
    assert.ok(file.startsWith(`${actualClass}/`));
    assert.not.equal(actualClass, predictedClass);
    const shown = file
      .replace('\n', String.raw`\n`)
      .replaceAll('\u001b', String.raw`\x1b`)
      .replace('\u0007', String.raw`\x07`);
    assert.ok(table.includes(` ${shown} `), `${shown} in\n${table}`);
    assert.ok(report.includes(`<span class="quiet">${shown}</span>`));
  }
  const predicted = await runWords(['predict', run, '--test', '0', '--json']);
  const { file, label } = JSON.parse(predicted.stdout.split('\n')[0]!) as { file: string; label: string };
  assert.ok(file.startsWith(`${label}/`));
  assert.match(
    (await runWords(['predict', run, '--test', '0', '--quiet'])).stdout,
    /^test image 0, \S+\.png: /,
  );
});

test.run();
