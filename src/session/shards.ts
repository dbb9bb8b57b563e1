import { canCheck, decodeShard } from '../data/shards/decode-shard.ts';
import { checkManifest, manifestFile, type Manifest, ShardError } from '../data/shards/manifest.ts';
import type { Commands } from './messages.ts';
import type { PartName } from '../data/dataset.ts';

interface ShardOptions {
  readonly url: string;
  /** Which parts to fetch. */
  readonly parts: readonly PartName[];
  readonly describe: (given: Commands['describe']['given']) => Promise<unknown>;
  readonly give: (given: Commands['give']['given']) => Promise<unknown>;
}

/**
 * Fetches a data set piece by piece, the next one while the one before is taken in.
 *
 * @param options.url of the folder, or of its `index.json`
 * @returns what a person should know; null if there is nothing
 * @throws ShardError in one line if a file is not there or damaged
 */
export async function loadShards({ url, parts, describe, give }: ShardOptions): Promise<string | null> {
  const base = folderOf(url);
  const manifest = checkManifest(await fetchedJson(new URL(manifestFile, base)), manifestFile);
  await describe(descriptionOf(manifest));
  const shards = manifest.shards.filter(({ part }) => parts.includes(part));
  const fetchAt = (index: number): Promise<Uint8Array<ArrayBuffer>> | null => {
    const shard = shards[index];
    const fetched = shard ? fetchedBytes(new URL(shard.file, base)) : null;
    // whoever waits for it is told; this keeps an early failure from being nobody's
    fetched?.catch(() => {});
    return fetched;
  };
  let next = fetchAt(0);
  for (const [index, shard] of shards.entries()) {
    const bytes = await next!;
    next = fetchAt(index + 1);
    const { images, labels } = await decodeShard(bytes, shard, manifest.imageShape, shard.file);
    await give({ part: shard.part, first: shard.first, images, labels });
  }
  return canCheck()
    ? null
    : 'the data is not checked: browsers compute checksums only on https and localhost';
}

function folderOf(url: string): URL {
  const here = (globalThis as { location?: { href: string } }).location?.href;
  const folder = url.endsWith(manifestFile) ? url.slice(0, -manifestFile.length) : url;
  return new URL(folder === '' || folder.endsWith('/') ? folder || './' : `${folder}/`, here);
}

function descriptionOf({ name, classNames, imageShape, counts }: Manifest): Commands['describe']['given'] {
  return { name, classNames, imageShape, counts };
}

async function fetchedJson(url: URL): Promise<unknown> {
  const bytes = await fetchedBytes(url);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new ShardError(`${url.pathname}: it is not JSON`, { cause: error });
  }
}

async function fetchedBytes(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new ShardError(`${url.pathname}: it cannot be fetched: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (!response.ok)
    throw new ShardError(`${url.pathname}: it cannot be fetched: the server says ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
