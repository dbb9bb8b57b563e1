import { splitValidation } from '../batches.ts';
import type { ImageDataset, PartName } from '../dataset.ts';
import { exampleCount, exampleShape, type LabelledImages } from '../examples.ts';
import { sizeOf } from '../../tensor/shape.ts';
import { type Manifest, manifestFile, manifestFormat, type Shard } from './manifest.ts';
import { hexSha256 } from './sha256.ts';

/** Where the files of a part end: the first is small, so that a page can begin soon. */
const ends: Readonly<Record<PartName, readonly number[]>> = {
  train: [2000, 10_000, 22_000, 34_000],
  validation: [1000],
  test: [],
};
/** In which order the files of the parts are fetched: `train` means its next one. */
const order: readonly PartName[] = [
  'train',
  'validation',
  'train',
  'train',
  'validation',
  'train',
  'train',
  'test',
];

/** @returns the files of a data set in shards by their names, `index.json` with them */
export async function encodeShards(
  dataset: ImageDataset,
  validationShare = 0.2,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { train: learning, validation } = splitValidation(exampleCount(dataset.train), validationShare);
  const ranges: Record<PartName, { examples: LabelledImages; start: number; count: number }> = {
    train: { examples: dataset.train, start: 0, count: learning.length },
    validation: { examples: dataset.train, start: learning.length, count: validation.length },
    test: { examples: dataset.test, start: 0, count: exampleCount(dataset.test) },
  };
  const files = new Map<string, Uint8Array>();
  const shards: Shard[] = [];
  const done: Record<PartName, number> = { train: 0, validation: 0, test: 0 };
  for (const part of order) {
    const { examples, start, count: all } = ranges[part];
    const first = done[part];
    const end = Math.min(ends[part].find((at) => at > first) ?? all, all);
    if (end === first) continue;
    done[part] = end;
    const content = contentOf(examples, start + first, start + end);
    const sha256 = await hexSha256(content);
    const bytes = await gzip(content);
    const file = `${part}-${first}-${sha256.slice(0, 8)}.gz`;
    files.set(file, bytes);
    shards.push({ file, part, first, count: end - first, bytes: bytes.length, sha256 });
  }
  const manifest: Manifest = {
    format: manifestFormat,
    name: dataset.name,
    classNames: dataset.classNames,
    imageShape: exampleShape(dataset.train),
    counts: done,
    shards,
  };
  files.set(manifestFile, new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`));
  return files;
}

function contentOf(examples: LabelledImages, from: number, to: number): Uint8Array<ArrayBuffer> {
  const size = sizeOf(exampleShape(examples));
  const content = new Uint8Array((to - from) * (size + 1));
  content.set(examples.x.values.subarray(from * size, to * size));
  content.set(examples.y.values.subarray(from, to), (to - from) * size);
  return content;
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
