import { execFileSync } from 'node:child_process';
import {
  cpSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { refuseInputs } from '../../src/cli/framework/output-file.ts';
import { cliFolder } from '../helpers/cli.ts';
import { writePicture } from '../helpers/picture-folder.ts';

const folder = cliFolder();
test.after(() => folder.remove());
const at = (...names: string[]): string => join(folder.path, ...names);
const { weft } = folder;

test.before(() => {
  const settings = '--limit 50 --epochs 1 --engine reference --no-report --quiet';
  const { status, stderr } = weft('train', '--data', folder.data, '--out', 'run', ...settings.split(' '));
  assert.is(status, 0, stderr);
  for (const name of ['red', 'blue']) {
    mkdirSync(at('pictures', name), { recursive: true });
    for (let i = 0; i < 10; i++) {
      writePicture(at('pictures', name, `${i}.png`), { width: 6, height: 6 }, () => [i, i, i]);
    }
  }
  execFileSync('mkfifo', [at('pipe.png')]);
  symlinkSync('/dev/full', at('device.png'));
});

for (const path of ['pipe.png', 'device.png']) {
  for (const [command, args] of [
    ['--steps', ['predict', 'run', 'pictures/red/1.png', '--steps', path]],
    ['--out of export', ['export', 'run', '--format', 'onnx', '--out', path]],
    [
      '--augmented-picture',
      ['train', '--data', 'data', '--limit', '50', '--flip', '--augmented-picture', path, '--out', 'none'],
    ],
  ] as const) {
    test(`${command} to ${path} is refused in one line, and it stays what it is`, () => {
      const before = lstatSync(at(path)).mode;
      const { status, stderr } = weft(...args);
      assert.is(status, 1, stderr);
      assert.match(stderr, /^weft: .*this is a device or a pipe; only a regular file is replaced$/m);
      assert.is(lstatSync(at(path)).mode, before);
    });
  }
}

test('eda does not write through a pipe, nor over a page that is not its own', () => {
  mkdirSync(at('eda'));
  execFileSync('mkfifo', [at('eda/eda.html')]);
  const { status, stderr } = weft('eda', '--data', 'data', '--out', 'eda');
  assert.is(status, 2, stderr);
  assert.match(stderr, /^weft: --out eda: the folder holds eda\.html, which is not from an earlier eda/);
});

test('--steps does not overwrite a picture that is read, nor add one to a folder that is read', () => {
  const picture = readFileSync(at('pictures/red/1.png'));
  linkSync(at('pictures/red/1.png'), at('hard.png'));
  symlinkSync('pictures/red/1.png', at('soft.png'));
  for (const [input, steps, message] of [
    ['pictures/red/1.png', 'pictures/red/1.png', /this file is read; choose another name/],
    ['pictures/red/1.png', './pictures/blue/../red/1.png', /this file is read; choose another name/],
    ['pictures/red/1.png', 'hard.png', /this file is read; choose another name/],
    ['pictures/red/1.png', 'soft.png', /this file is read; choose another name/],
    [
      'pictures/red',
      'pictures/red/steps.png',
      /the pictures in pictures\/red are read; choose another folder/,
    ],
  ] as const) {
    const { status, stderr } = weft('predict', 'run', input, '--steps', steps);
    assert.is(status, 2, stderr);
    assert.match(stderr, new RegExp(`^weft: --steps ${steps.replaceAll('.', '\\.')}: ${message.source}\\n$`));
    assert.ok(readFileSync(at('pictures/red/1.png')).equals(picture));
  }
  assert.is(readdirSync(at('pictures/red')).length, 10);
});

test('--augmented-picture does not overwrite or add a picture in the folder of a class', () => {
  cpSync(at('pictures'), at('before'), { recursive: true });
  for (const name of ['1.png', 'new.png']) {
    const path = `pictures/red/${name}`;
    const args = [
      '--data',
      'pictures',
      '--flip',
      '--augmented-picture',
      path,
      '--out',
      'none',
      '--epochs',
      '1',
    ];
    const { status, stderr } = weft('train', ...args);
    assert.is(status, 2, stderr);
    assert.match(
      stderr,
      /^weft: --augmented-picture .*: the pictures in pictures\/red are read; choose another folder\n$/,
    );
  }
  execFileSync('diff', ['-r', at('before'), at('pictures')]);
});

test('other files are not refused: beside the pictures, of a similar name, where nothing is', () => {
  writeFileSync(at('other.png'), '');
  for (const path of [
    'other.png',
    'new.png',
    'pictures/steps.png',
    'pictures/redder/a.png',
    'no/such/a.png',
  ]) {
    refuseInputs('--steps', at(path), [at('pictures/red/1.png'), at('pictures/red'), at('missing')]);
  }
  rmSync(at('other.png'));
});

test.run();
