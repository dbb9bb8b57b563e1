import { InputError } from '../../input-error.ts';
import type { Shape } from '../../tensor/shape.ts';
import { type PartName, partNames } from '../dataset.ts';

/** A mistake in the shards of a data set. The message, one line, says which file is wrong. */
export class ShardError extends InputError {
  override readonly name = 'ShardError';
}

/** A file with some of the images of a part: gzip of their pixels, one image after the other, and then of their labels. */
export interface Shard {
  /** Its name in the folder of the manifest. */
  readonly file: string;
  readonly part: PartName;
  /** The position of its first image in the part. */
  readonly first: number;
  readonly count: number;
  /** Of the file. */
  readonly bytes: number;
  /** SHA-256 of what the file holds, inflated, in hexadecimal. */
  readonly sha256: string;
}

/**
 * A data set in pieces, so that a page can begin with the first and fetch the others while it trains: `index.json` in a folder
 * of files that any web server can serve.
 */
export interface Manifest {
  readonly format: 'weft shards 1';
  readonly name: string;
  readonly classNames: readonly string[];
  /** [height, width, channels]. */
  readonly imageShape: Shape;
  readonly counts: Readonly<Record<PartName, number>>;
  /** In the order in which they are to be fetched. */
  readonly shards: readonly Shard[];
}

export const manifestFile = 'index.json';
export const manifestFormat: Manifest['format'] = 'weft shards 1';

/** @throws ShardError in one line unless this is a manifest */
export function checkManifest(content: unknown, source: string): Manifest {
  const fail = (what: string): never => {
    throw new ShardError(`${source}: ${what}: this is not the index of a data set in shards`);
  };
  if (typeof content !== 'object' || content === null) return fail('expected an object');
  const { format, name, classNames, imageShape, counts, shards } = content as Partial<Manifest>;
  if (format !== manifestFormat) return fail(`format is not "${manifestFormat}"`);
  if (typeof name !== 'string') return fail('name is not a text');
  if (!isListOf(classNames, (value) => typeof value === 'string')) return fail('classNames are not texts');
  if (!isListOf(imageShape, isCount) || imageShape.length !== 3) return fail('imageShape is not three sizes');
  if (typeof counts !== 'object' || counts === null || !partNames.every((part) => isCount(counts[part]))) {
    return fail('counts are not those of train, validation and test');
  }
  if (!isListOf(shards, isShard)) return fail('shards is not a list of files');
  return content as Manifest;
}

function isShard(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { file, part, first, count, bytes, sha256 } = value as Partial<Shard>;
  const isName = typeof file === 'string' && /^[\w.-]+$/.test(file) && !file.startsWith('.');
  const isHash = typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256);
  return isName && isHash && partNames.includes(part!) && [first, count, bytes].every(isCount);
}

function isListOf<T>(
  list: readonly T[] | undefined,
  test: (value: unknown) => boolean,
): list is readonly T[] {
  return Array.isArray(list) && list.every(test);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
