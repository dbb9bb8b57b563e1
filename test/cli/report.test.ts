import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cliFolder } from '../helpers/cli.ts';
import { parseHtml } from '../helpers/html.ts';

const folder = cliFolder();
const { data, weft } = folder;
test.after(() => folder.remove());

const files = ['report.html', 'curves.svg', 'curves.png'];
const inRun = (name: string): string => join(folder.path, 'run', name);

test('train writes the report and names its files; report writes the same again', () => {
  const train = ['train', '--data', data, '--model', 'cnn', '--limit', '100', '--epochs', '2'];
  const { status, stdout, stderr } = weft(...train, '--engine', 'reference', '--out', 'run');
  assert.is(status, 0, stderr);
  assert.match(
    stdout,
    /^written to run: model\.safetensors, .*metrics\.json, .*config\.json, report\.html, curves\.svg, curves\.png$/m,
  );
  const before = files.map((name) => readFileSync(inRun(name)));
  for (const name of files) rmSync(inRun(name));
  const again = weft('report', 'run', '--engine', 'reference');
  assert.is(again.status, 0, again.stderr);
  assert.is(again.stdout, 'written to run: report.html, curves.svg, curves.png\n');
  for (const [index, name] of files.entries())
    assert.ok(readFileSync(inRun(name)).equals(before[index]!), name);
  assert.ok(parseHtml(before[0]!.toString()).some(({ text }) => text.startsWith('conv2d_1: 32 filters')));
});

test('--quiet prints the path of the page, --json one object', () => {
  assert.is(weft('report', 'run', '--quiet').stdout, `${join('run', 'report.html')}\n`);
  assert.equal(JSON.parse(weft('report', 'run', '--json').stdout), { event: 'report', run: 'run', files });
});

test('where the data have gone, the page is without pictures, and says so; --data shows where they are', () => {
  const moved = join(folder.path, 'moved', 'data');
  renameSync(data, `${data}-moved`);
  const { status, stderr } = weft('report', 'run');
  assert.is(status, 0);
  assert.is(
    stderr,
    `weft: the report is without pictures, since the data cannot be read: ${data}: no such folder\n`,
  );
  const page = readFileSync(inRun('report.html'), 'utf8');
  assert.ok(page.includes('Without pictures of the test images, since they could not be read: '));
  assert.not.ok(page.includes('<h2>Right predictions</h2>'));
  assert.ok(page.includes('<h2>Calibration</h2>'), 'metrics.json has it');
  assert.is(weft('report', 'run', '--data', `${data}-moved`).status, 0);
  assert.ok(readFileSync(inRun('report.html'), 'utf8').includes('<h2>Right predictions</h2>'));
  const wrong = weft('report', 'run', '--data', moved);
  assert.is(wrong.status, 1);
  assert.is(wrong.stderr, `weft: ${moved}: no such folder\n`);
  renameSync(`${data}-moved`, data);
});

test('--no-report leaves it out', () => {
  const { status, stdout } = weft('train', '--data', data, '--epochs', '1', '--no-report', '--out', 'bare');
  assert.is(status, 0);
  assert.match(stdout, /^written to bare: model\.safetensors, .*config\.json$/m);
  assert.not.ok(existsSync(join(folder.path, 'bare', 'report.html')));
});

test.run();
