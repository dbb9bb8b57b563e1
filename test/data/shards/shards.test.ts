import { gunzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ImageDataset } from '../../../src/data/dataset.ts';
import { decodeShard } from '../../../src/data/shards/decode-shard.ts';
import { encodeShards } from '../../../src/data/shards/encode-shards.ts';
import { checkManifest, type Manifest } from '../../../src/data/shards/manifest.ts';
import type { SessionEvent } from '../../../src/session/messages.ts';
import { Session } from '../../../src/session/session.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { assertRejects } from '../../helpers/assert-rejects.ts';
import { replaceMethod } from '../../helpers/replace-method.ts';

/** Bytes that tell each image from all others. */
function images(count: number, salt: number): ImageDataset['train'] {
  const pixels = Uint8Array.from({ length: count * 6 }, (_, i) => ((i + salt) * 7919) >>> ((i % 3) * 4));
  const labels = Uint8Array.from({ length: count }, (_, i) => (i * i + salt) % 4);
  return {
    x: Tensor.from('uint8', [count, 2, 3, 1], pixels, 'images'),
    y: Tensor.from('uint8', [count], labels, 'labels'),
  };
}

const dataset: ImageDataset = {
  name: 'numbered images',
  classNames: ['a', 'b', 'c', 'd'],
  checksums: {},
  train: images(4000, 1),
  test: images(70, 2),
};
const files = await encodeShards(dataset, 0.4);
const manifest = JSON.parse(new TextDecoder().decode(files.get('index.json'))) as Manifest;
const bytesOf = (file: string): Uint8Array<ArrayBuffer> => Uint8Array.from(files.get(file)!);

test('the first files are small, each part is there once and in order, and all of it comes back', async () => {
  assert.equal(
    manifest.shards.map(({ part, first, count }) => [part, first, count]),
    [
      ['train', 0, 2000],
      ['validation', 0, 1000],
      ['train', 2000, 400],
      ['validation', 1000, 600],
      ['test', 0, 70],
    ],
  );
  assert.equal(manifest.counts, { train: 2400, validation: 1600, test: 70 });
  const found = { train: { x: [], y: [] }, validation: { x: [], y: [] }, test: { x: [], y: [] } } as Record<
    string,
    { x: number[]; y: number[] }
  >;
  for (const shard of manifest.shards) {
    assert.is(bytesOf(shard.file).length, shard.bytes);
    const decoded = await decodeShard(bytesOf(shard.file), shard, manifest.imageShape, shard.file);
    found[shard.part]!.x.push(...decoded.images);
    found[shard.part]!.y.push(...decoded.labels);
  }
  assert.equal([...found['train']!.x, ...found['validation']!.x], [...dataset.train.x.values]);
  assert.equal([...found['train']!.y, ...found['validation']!.y], [...dataset.train.y.values]);
  assert.equal(found['test']!.x, [...dataset.test.x.values]);
});

test('a file that the browser has inflated already is taken as it is', async () => {
  const shard = manifest.shards[2]!;
  const inflated = Uint8Array.from(gunzipSync(bytesOf(shard.file)));
  const decoded = await decodeShard(inflated, shard, manifest.imageShape, shard.file);
  assert.equal(decoded.labels, dataset.train.y.values.slice(2000, 2400));
});

test('damage is found, and said in one line', async () => {
  const shard = manifest.shards[4]!;
  const whole = bytesOf(shard.file);
  const decode = (bytes: Uint8Array<ArrayBuffer>) => decodeShard(bytes, shard, manifest.imageShape, 'x.gz');
  await assertRejects(decode(whole.slice(0, 40)), /^x\.gz: it cannot be inflated: it is damaged$/);
  const content = Uint8Array.from(gunzipSync(whole));
  await assertRejects(decode(content.slice(1)), /^x\.gz: expected 490 bytes, got 489: it is damaged$/);
  content[5]! ^= 1;
  await assertRejects(
    decode(content),
    /^x\.gz: its SHA-256 is not that of the index: it is damaged, or of another/,
  );
});

test('an index that is none, or leads out of its folder, is refused', () => {
  const wrong =
    (change: object): (() => unknown) =>
    () =>
      checkManifest({ ...manifest, ...change }, 'index.json');
  assert.throws(
    () => checkManifest(null, 'index.json'),
    /^index\.json: expected an object: this is not the index/,
  );
  assert.throws(wrong({ format: 'weft shards 9' }), /format is not "weft shards 1"/);
  assert.throws(wrong({ imageShape: [28, 28] }), /imageShape is not three sizes/);
  assert.throws(wrong({ counts: { train: 3 } }), /counts are not those of/);
  for (const file of ['../secret.gz', 'a/b.gz', '.hidden', 'https://elsewhere/x.gz']) {
    assert.throws(wrong({ shards: [{ ...manifest.shards[0], file }] }), /shards is not a list of files/);
  }
  assert.equal(checkManifest(manifest, 'index.json'), manifest);
});

/** A session that fetches from here. */
async function loaded(change: (path: string) => Response | null) {
  const events: SessionEvent[] = [];
  const session = new Session((event) => events.push(event));
  const asked: string[] = [];
  const restore = replaceMethod(globalThis, 'fetch', () => (address: unknown) => {
    const path = new URL(String(address)).pathname;
    asked.push(path);
    const file = files.get(path.replace('/data/', ''));
    return Promise.resolve(
      change(path) ?? new Response(file && Uint8Array.from(file), { status: file ? 200 : 404 }),
    );
  });
  const load = session.handle('load', { url: 'http://localhost/data', parts: ['train', 'validation'] });
  return { session, events, asked, load: load.finally(restore) };
}

test('a session loads them in order, and can begin before all are there', async () => {
  const { events, asked, load, session } = await loaded(() => null);
  await load;
  assert.equal(asked, [
    '/data/index.json',
    ...manifest.shards.slice(0, 4).map(({ file }) => `/data/${file}`),
  ]);
  const data = events.filter((event) => event.kind === 'data').map(({ available }) => available);
  assert.equal(data[1], { train: 2000, validation: 0, test: 0 });
  assert.equal(data.at(-1), { train: 2400, validation: 1600, test: 0 });
  const { examples, isComplete } = await session.handle('configure', { network: 'mlp', engine: 'reference' });
  assert.equal([examples.train, isComplete], [2400, false]);
});

test('a file that is not there is one line; what came before stays', async () => {
  const { load, session } = await loaded((path) =>
    path.includes('validation-1000') ? new Response('', { status: 404 }) : null,
  );
  await assertRejects(load, /^\/data\/validation-1000-\w+\.gz: it cannot be fetched: the server says 404$/);
  const { examples } = await session.handle('configure', { network: 'mlp', engine: 'reference' });
  assert.equal(examples, { train: 2400, validation: 1000, test: 0 });
  const none = await loaded(() => new Response('<html>', { status: 200 }));
  await assertRejects(none.load, /^\/data\/index\.json: it is not JSON$/);
});

test.run();
