import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { replacedFile, writeAtomically } from '../src/atomic-write.ts';
import { temporaryFolder } from './helpers/idx-file.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());
const path = (name: string): string => join(folder.path, name);
const mode = (name: string): number => statSync(path(name)).mode & 0o777;

test.before.each(() => {
  for (const name of readdirSync(folder.path)) rmSync(path(name), { recursive: true });
});

test('a file is made, then replaced; nothing else is left', async () => {
  await writeAtomically(path('file'), 'first');
  assert.is(mode('file'), 0o666 & ~process.umask(), 'as any new file');
  await writeAtomically(path('file'), Uint8Array.of(104, 105));
  assert.is(readFileSync(path('file'), 'utf8'), 'hi');
  assert.equal(readdirSync(folder.path), ['file']);
});

test('a file that only its owner may read stays one', async () => {
  writeFileSync(path('private'), 'a');
  chmodSync(path('private'), 0o600);
  await writeAtomically(path('private'), 'b');
  assert.is(mode('private'), 0o600);
  assert.is(readFileSync(path('private'), 'utf8'), 'b');
});

test('through a symbolic link, the file that it names is replaced, and the link stays', async () => {
  mkdirSync(path('elsewhere'));
  writeFileSync(path('elsewhere/file'), 'old');
  symlinkSync('elsewhere/file', path('link'));
  await writeAtomically(path('link'), 'new');
  assert.is(readlinkSync(path('link')), 'elsewhere/file');
  assert.is(readFileSync(path('elsewhere/file'), 'utf8'), 'new');
  assert.equal(readdirSync(path('elsewhere')), ['file']);
});

test('what is not a regular file is refused, and stays what it is: a device, a pipe, a folder, a link to nothing', async () => {
  execFileSync('mkfifo', [path('pipe')]);
  mkdirSync(path('folder'));
  symlinkSync('nothing', path('dead link'));
  symlinkSync('/dev/null', path('device'));
  for (const [name, reason] of [
    ['pipe', /^this is a device or a pipe; only a regular file is replaced$/],
    ['device', /^this is a device or a pipe; only a regular file is replaced$/],
    ['folder', /^EISDIR: this is a folder, not a file$/],
    ['dead link', /^this is a symbolic link to nothing$/],
  ] as const) {
    const before = lstatSync(path(name)).mode;
    const refused = await writeAtomically(path(name), 'x').catch((error: Error) => error.message);
    assert.match(String(refused), reason);
    assert.is(lstatSync(path(name)).mode, before);
  }
  assert.equal(readdirSync(folder.path).length, 4);
});

test('a link in the place of a temporary file is not followed', async () => {
  writeFileSync(path('victim'), 'precious');
  symlinkSync('victim', path('file.tmp'));
  await writeAtomically(path('file'), 'content');
  assert.is(readFileSync(path('victim'), 'utf8'), 'precious');
  assert.is(readFileSync(path('file'), 'utf8'), 'content');
});

test('the temporary file of a process that was killed says which file it was to become', () => {
  assert.is(replacedFile('last.safetensors.00112233aabb.tmp'), 'last.safetensors');
  for (const name of [
    'last.safetensors',
    'notes.tmp',
    'a.00112233aabb',
    'a.00112233aab.tmp',
    'a.00112233aabb.tmp.b',
  ]) {
    assert.is(replacedFile(name), null);
  }
});

test('a folder that does not exist: the code of the system', async () => {
  const error = await writeAtomically(path('none/file'), 'x').catch((reason: unknown) => reason);
  assert.is((error as NodeJS.ErrnoException).code, 'ENOENT');
});

test.run();
