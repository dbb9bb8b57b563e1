import { execFileSync } from 'node:child_process';
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readRegularFile, readTextFile } from '../src/read-file.ts';
import { temporaryFolder } from './helpers/idx-file.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());
const path = (name: string): string => join(folder.path, name);

test('a file is read whole, whatever its size; so is the file behind a symbolic link, and one that has no size', () => {
  for (const size of [0, 1, 65_535, 65_536, 65_537, 300_000]) {
    const bytes = Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 7) % 251));
    writeFileSync(path('file'), bytes);
    assert.ok(readRegularFile(path('file')).equals(bytes), `${size} bytes`);
    assert.ok(
      readRegularFile(path('file'), { maxBytes: size }).equals(bytes),
      `${size} bytes, at most as many`,
    );
  }
  symlinkSync(path('file'), path('link'));
  assert.is(readRegularFile(path('link')).length, 300_000);
  if (process.platform === 'linux') assert.match(readTextFile('/proc/self/status'), /^Name:/);
});

test('a text is read without its byte order mark', () => {
  writeFileSync(path('text'), '\uFEFF{"ä": 1}');
  assert.is(readTextFile(path('text')), '{"ä": 1}');
});

test('what is not a regular file is refused at once: a folder, a pipe without a writer, a device that never ends', () => {
  execFileSync('mkfifo', [path('pipe')]);
  for (const [name, message] of [
    [folder.path, /^this is a folder, not a file$/],
    [path('pipe'), /^this is a device or a pipe, not a regular file$/],
    ['/dev/zero', /^this is a device or a pipe, not a regular file$/],
    [path('nothing'), /^no such file$/],
    [path('file/below'), /^no such file: a part of its path is not a folder$/],
  ] as const) {
    assert.throws(
      () => readRegularFile(name),
      (error: Error) => message.test(error.message),
      name,
    );
  }
});

test('a file beyond the limit is refused before it is read', () => {
  writeFileSync(path('large'), '');
  truncateSync(path('large'), 2 ** 40); // a hole: it takes no place on the disk
  const refused = (maxBytes: number | undefined, message: RegExp): void => {
    const options = maxBytes === undefined ? {} : { maxBytes };
    assert.throws(() => readRegularFile(path('large'), options), message);
  };
  refused(undefined, /larger than the 2 GiB/);
  refused(2 ** 24, /larger than the 16 MiB/);
  if (process.platform === 'linux') {
    assert.throws(() => readRegularFile('/proc/self/status', { maxBytes: 10 }), /larger than the 10 bytes/);
  }
});

test.run();
