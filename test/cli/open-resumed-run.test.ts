import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openResumedRun } from '../../src/cli/commands/train/resume.ts';
import { RunFolder } from '../../src/run/folder.ts';
import { cliFolder } from '../helpers/cli.ts';

const folder = cliFolder();
test.after(() => folder.remove());
const run = join(folder.path, 'run');

test('the state of a resumed run is read under its lock, which is given up if the run is refused', () => {
  const args = ['--data', folder.data, '--engine', 'reference', '--limit', '50', '--epochs', '1', '--quiet'];
  const { status, stderr } = folder.weft('train', ...args, '--no-report', '--out', 'run');
  assert.is(status, 0, stderr);
  writeFileSync(join(run, 'last.safetensors.00112233aabb.tmp'), 'half');

  const { resumed } = openResumedRun(run, {});
  assert.is(resumed.saved!.state.history.length, 1);
  assert.throws(() => RunFolder.open(run), /is writing to/, 'the run is still locked');
  assert.not.ok(
    readdirSync(run).some((name) => name.endsWith('.tmp')),
    'what a killed process had written in part is gone',
  );
  resumed.folder.close();

  assert.throws(() => openResumedRun(run, { epochs: 0 }), /has finished 1 epochs already/);
  RunFolder.open(run).close();
});

test('a folder that is not that of a run gets no lock', () => {
  assert.throws(() => openResumedRun(folder.data, {}), /expected the folder of a run/);
  assert.not.ok(readdirSync(folder.data).some((name) => name.startsWith('lock')));
});

test.run();
