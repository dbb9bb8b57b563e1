import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lockFolder } from '../../src/run/lock.ts';
import { fuzzLocks } from '../fuzz/locks.ts';
import { temporaryFolder } from '../helpers/idx-file.ts';

const place = temporaryFolder();
test.after(() => {
  chmodSync(place.path, 0o755);
  place.remove();
});
const lockFileUrl = new URL('../../src/run/lock.ts', import.meta.url).href;
/** No system gives this number to a process. */
const ofTheDead = JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() });

function folderWith(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(place.path, name);
  mkdirSync(folder);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
  return folder;
}

for (const links of [true, false]) {
  test(`of many processes, one holds the lock at a time, ${links ? 'with' : 'without'} hard links`, async () => {
    const { held, clashes, refused, errors, left } = await fuzzLocks({ seconds: 3, links });
    assert.ok(held > 20 && refused > 20, `a race: held ${held} times, refused ${refused} times`);
    assert.is(clashes, 0);
    assert.equal(errors, []);
    assert.equal(left, []);
  });
}

test('a process that has locked a folder is refused a second time, as any other; after the release it is not', () => {
  const folder = folderWith('twice', {});
  const release = lockFolder(folder);
  assert.throws(() => lockFolder(folder), new RegExp(`process ${process.pid} is writing to`));
  release();
  assert.equal(readdirSync(folder), []);
  lockFolder(folder)();
});

test('locks and claims of the dead are no obstacle, nor is a lock that no process could have written', () => {
  for (const content of [
    ofTheDead,
    '',
    '{"pid":',
    'null',
    '{"pid":0,"host":"x"}',
    '{"pid":1e99,"host":"x"}',
  ]) {
    const claim = `lock.claim-${2 ** 22 + 1}-0a1b-${encodeURIComponent(hostname())}`;
    const folder = folderWith('dead', { lock: content, [claim]: '', 'lock.claim-%': '' });
    const release = lockFolder(folder);
    assert.is((JSON.parse(readFileSync(join(folder, 'lock'), 'utf8')) as { pid: number }).pid, process.pid);
    release();
    assert.equal(readdirSync(folder), []);
    rmSync(folder, { recursive: true });
  }
});

test('a lock of this process that is no longer its own is left alone', () => {
  const folder = folderWith('other', {});
  const release = lockFolder(folder);
  writeFileSync(join(folder, 'lock'), ofTheDead);
  release();
  assert.is(readFileSync(join(folder, 'lock'), 'utf8'), ofTheDead);
});

test('a lock that cannot be read is named', () => {
  const folder = folderWith('odd', {});
  mkdirSync(join(folder, 'lock'));
  assert.throws(() => lockFolder(folder), /odd\/lock: this is a folder, not a file$/);
  assert.equal(readdirSync(folder), ['lock']);
});

test('a lock of the dead in a folder that cannot be written to: the reason, at once', () => {
  const folder = folderWith('closed', { lock: ofTheDead });
  // root may write everywhere: it becomes another user, to whom the folders above are open
  const isRoot = process.getuid?.() === 0;
  const nobody = 65_534;
  chmodSync(place.path, 0o755);
  if (isRoot) chownSync(folder, nobody, nobody);
  chmodSync(folder, 0o555);
  const script = `import { lockFolder } from ${JSON.stringify(lockFileUrl)};
    try { lockFolder(${JSON.stringify(folder)}); } catch (error) { console.log(error.message); }`;
  const { stdout, stderr, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 20_000,
    ...(isRoot ? { uid: nobody, gid: nobody } : {}),
  });
  chmodSync(folder, 0o755);
  assert.is(signal, null, 'it ends by itself');
  assert.match(stdout, /^EACCES: permission denied, open '.*closed\/lock\.claim-/, stderr);
  assert.ok(existsSync(join(folder, 'lock')));
});

test.run();
