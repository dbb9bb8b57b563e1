import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryFolder, writeTinyDataset } from '../helpers/idx-file.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const folder = temporaryFolder();
test.after(() => folder.remove());
const data = join(folder.path, 'data');
mkdirSync(data);
writeTinyDataset(data);

function train(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const command = [main, 'train', '--data', data, '--epochs', '1', ...args];
  return spawnSync(process.execPath, command, { encoding: 'utf8', cwd: folder.path });
}

function augmentOf(run: string): unknown {
  return JSON.parse(readFileSync(join(folder.path, run, 'config.json'), 'utf8')).augment;
}

const everything = ['--flip', '--shift', '2', '--rotate', '12.5', '--erase', '0.25'];

test('augmentation is off by default, and what was asked for is among the settings of the run', () => {
  const plain = train('--out', 'plain', '--json');
  const augmented = train('--out', 'augmented', '--json', ...everything);
  assert.is(augmented.status, 0, augmented.stderr);
  assert.equal(augmentOf('plain'), { flip: false, shift: 0, rotate: 0, erase: 0 });
  assert.equal(augmentOf('augmented'), { flip: true, shift: 2, rotate: 12.5, erase: 0.25 });
  const loss = (output: string): string => /"event":"epoch".*?"loss":([\d.]+)/.exec(output)![1]!;
  assert.not.equal(loss(plain.stdout), loss(augmented.stdout));
  assert.is(loss(train('--out', 'again', '--json', ...everything).stdout), loss(augmented.stdout));
});

const usageErrors: [string[], RegExp][] = [
  [['--shift', '-1'], /--shift: expected a whole number from 0 to 65535, got "-1"/],
  [['--shift', '0.5'], /--shift: .* got "0\.5"/],
  [['--shift', '6'], /--shift 6 moves images of 6×6 pixels out of sight; use less/],
  [['--rotate', '181'], /--rotate: expected a number from 0 to 180, got "181"/],
  [['--rotate', '-5'], /--rotate: .* got "-5"/],
  [['--rotate', 'left'], /--rotate: .* got "left"/],
  [['--erase', '1.5'], /--erase: expected a number from 0 to 1, got "1\.5"/],
  [['--erase'], /erase/],
  [['--erase', '0.1', '--erase', '0.2'], /--erase: .* got "0\.1,0\.2"/],
  [['--rotat', '3'], /unknown option --rotat; did you mean --rotate\?/],
];
for (const [args, message] of usageErrors) {
  test(`usage error, status 2, one line: ${args.join(' ')}`, () => {
    const { status, stdout, stderr } = train(...args);
    assert.is(status, 2);
    assert.match(stderr, message);
    assert.match(stderr, /^weft: .*\n$/);
    assert.is(stdout, '');
  });
}

test('the ends of the ranges are allowed', () => {
  const { status, stderr } = train(
    '--out',
    'ends',
    '--shift',
    '5',
    '--rotate',
    '180',
    '--erase',
    '1',
    '--no-flip',
  );
  assert.is(status, 0, stderr);
  assert.equal(augmentOf('ends'), { flip: false, shift: 5, rotate: 180, erase: 1 });
});

test('--help has a group for augmentation', () => {
  const { stdout } = train('--help');
  const group = stdout.slice(
    stdout.indexOf('Augmentation of the training images:'),
    stdout.indexOf('Running:'),
  );
  for (const option of ['--flip', '--shift', '--rotate', '--erase']) {
    assert.ok(group.includes(option), option);
  }
});

test.run();
