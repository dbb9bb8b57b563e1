import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless } from '../helpers/test-unless.ts';
import { cliFolder, main } from '../helpers/cli.ts';

const folder = cliFolder();
const { weft } = folder;
const at = (...names: string[]): string => join(folder.path, ...names);
const settings = '--data data --limit 50 --engine reference --epochs 2 --quiet';

/** As on a full disk: no file may grow beyond so many KiB, a write takes a part and then fails. */
function trainWithin(kibibytes: number, args: string): ReturnType<typeof folder.shell> {
  return folder.shell(`ulimit -f ${kibibytes}; exec "${process.execPath}" "${main}" train ${args}`);
}

test('a run that fails before it has anything to keep leaves a folder that the next one can take', () => {
  const { status, stderr } = trainWithin(100, `${settings} --out run`);
  assert.is(status, 1);
  assert.match(
    stderr,
    /^weft: cannot write run\/last\.safetensors: E[A-Z]+: .*; the file is as it was before$/m,
  );
  assert.equal(readdirSync(at('run')), []);
  const again = weft('train', ...settings.split(' '), '--out', 'run');
  assert.is(again.status, 0, again.stderr);
  assert.ok(existsSync(at('run/metrics.json')));
});

test('a run that fails later keeps its state, and goes on when there is room', () => {
  cpSync(at('run'), at('more'), { recursive: true });
  const { status, stderr } = trainWithin(100, '--resume more --epochs 3 --quiet');
  assert.is(status, 1, stderr);
  assert.not.ok(readdirSync(at('more')).some((name) => name.endsWith('.tmp') || name.startsWith('lock')));
  const again = weft('train', '--resume', 'more', '--epochs', '3', '--quiet');
  assert.is(again.status, 0, again.stderr);
});

/** A file system in memory of our own, which becomes read-only; only root on Linux may make one. */
const mounted = at('mounted');
mkdirSync(mounted);
const mount = (...args: string[]): boolean => spawnSync('mount', args).status === 0;
const canMount = process.platform === 'linux' && mount('-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', mounted);
test.after(() => {
  if (canMount) assert.is(spawnSync('umount', [mounted]).status, 0);
  folder.remove();
});

testUnless(
  canMount ? null : 'this process may not mount a disk',
  'a disk that has become read-only: each command names the cause in one line',
  () => {
    cpSync(at('run'), at('mounted/run'), { recursive: true });
    assert.ok(mount('-o', 'remount,ro', mounted));
    for (const [args, message] of [
      [
        'train --resume mounted/run --epochs 4',
        /^weft: cannot write to the folder mounted\/run: EROFS: read-only file system, open '.*'\n$/,
      ],
      [
        `train ${settings} --out mounted/new`,
        /^weft: cannot write to the folder mounted\/new: EROFS: read-only file system, mkdir '.*mounted\/new'\n$/,
      ],
      [
        `train ${settings} --out mounted/a/b`,
        /^weft: cannot write to the folder mounted\/a\/b: EROFS: read-only file system, mkdir '.*mounted\/a'\n$/,
      ],
      [
        'report mounted/run',
        /^weft: cannot write mounted\/run\/report\.html: EROFS: read-only file system, open '.*'\n$/,
      ],
      ['eda --data data --out mounted/eda', /^weft: cannot write to the folder mounted\/eda: EROFS: .*\n$/],
      [
        'export mounted/run --format onnx',
        /^weft: mounted\/run\/network\.onnx: cannot be written: EROFS: read-only file system, open '.*'\n$/,
      ],
    ] as const) {
      const { status, stderr } = weft(...args.split(' '));
      assert.is(status, 1, args);
      assert.match(stderr, message, args);
    }
    assert.is(weft('evaluate', 'mounted/run').status, 0);
  },
);

test('a disk that becomes read-only while a run holds its lock does not hide why the run fails', () => {
  const script = `
    import { lockFolder } from ${JSON.stringify(new URL('../../src/run/lock.ts', import.meta.url).href)};
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const release = lockFolder(${JSON.stringify(at('run'))});
    fs.unlinkSync = () => { throw new Error('EROFS: read-only file system, unlink'); };
    syncBuiltinESMExports();
    release();
    console.log('released');
  `;
  const args = ['--input-type=module', '-e', script];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.is(stdout, 'released\n', stderr);
  assert.is(status, 0);
  // the lock that has stayed is that of a process that is no more
  assert.is(weft('train', '--resume', 'run', '--epochs', '2', '--quiet').status, 0);
});

test.run();
