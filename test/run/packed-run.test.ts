import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packRun, unpackRun } from '../../src/run/packed-run.ts';
import { temporaryFolder } from '../helpers/idx-file.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());

function makeRun(name: string): string {
  const path = join(folder.path, name);
  mkdirSync(path);
  writeFileSync(
    join(path, 'config.json'),
    JSON.stringify({ data: '/home/other/data', init: '/home/other/w', seed: 4 }),
  );
  writeFileSync(
    join(path, 'last.safetensors'),
    Uint8Array.from({ length: 1000 }, (_, i) => i % 251),
  );
  writeFileSync(join(path, 'history.csv'), 'epoch\n1\n');
  writeFileSync(join(path, 'secret.txt'), 'not for others');
  writeFileSync(join(path, 'lock'), '{}');
  return path;
}

test('a run comes out as it went in, with its own files alone and the paths of this machine', () => {
  const path = makeRun('first');
  const packed = packRun(path)!;
  const copy = join(folder.path, 'copy');
  unpackRun(packed, copy, { data: '/here/data' });
  assert.equal(readdirSync(copy).toSorted(), ['config.json', 'history.csv', 'last.safetensors']);
  for (const name of ['history.csv', 'last.safetensors']) {
    assert.ok(readFileSync(join(copy, name)).equals(readFileSync(join(path, name))));
  }
  assert.equal(JSON.parse(readFileSync(join(copy, 'config.json'), 'utf8')), {
    data: '/here/data',
    init: null,
    seed: 4,
  });
});

test('without a state there is nothing to go on from', () => {
  const path = join(folder.path, 'empty');
  mkdirSync(path);
  assert.is(packRun(path), null);
  writeFileSync(join(path, 'config.json'), '{}');
  assert.is(packRun(path), null);
});

const checksumOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function packedBy(header: unknown, content = ''): Uint8Array {
  const text = Buffer.from(JSON.stringify(header));
  return Buffer.concat([Buffer.from(Uint32Array.of(text.length).buffer), text, Buffer.from(content)]);
}

test('damaged bytes, foreign names and other checksums are refused, and nothing is written', () => {
  const { bytes, checksum } = packRun(makeRun('second'))!;
  const changed = Uint8Array.from(bytes);
  changed[500] = (changed[500]! + 1) % 256;
  const target = join(folder.path, 'target');
  const refused = (given: Uint8Array, reason: RegExp, sum = checksumOf(given)): void => {
    assert.throws(() => unpackRun({ bytes: given, checksum: sum }, target, { data: null }), reason);
    assert.not(existsSync(target));
  };
  refused(changed, /another checksum/, checksum);
  refused(bytes.subarray(0, bytes.length - 1), /damaged/);
  refused(new Uint8Array(2), /damaged/);
  refused(packedBy('no list'), /damaged/);
  refused(packedBy([{ name: '../../.bashrc', bytes: 2 }], 'hi'), /none of a run: "\.\.\/\.\.\/\.bashrc"/);
  refused(packedBy([{ name: 'config.json', bytes: 1e9 }], '{}'), /damaged/);
  refused(packedBy([{ name: 'config.json', bytes: -1 }], '{}'), /damaged/);
  refused(packedBy([{ name: 'history.csv', bytes: 2 }], 'hi'), /damaged/);
});

test.run();
