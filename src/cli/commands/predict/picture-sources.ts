import { readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { decodingBudget } from '../../../data/pictures/decoding-budget.ts';
import { readRegularFile } from '../../../read-file.ts';
import { standardInput } from '../../framework/standard-input.ts';
import { UsageError } from '../../framework/usage-error.ts';

/** A picture that has not been read yet. */
export interface PictureSource {
  /** The path as it was given, or `-`. */
  readonly name: string;
  /** @throws Error with one line that begins with the name */
  readonly read: () => Uint8Array;
}

/**
 * The pictures at paths: a file, all PNG and JPEG files of a folder in the order of their names, or standard input. A
 * wrong path is an error only when its picture is read, so that the other pictures can still be read.
 */
export function pictureSources(paths: readonly string[]): PictureSource[] {
  if (paths.filter((path) => path === standardInput).length > 1) {
    throw new UsageError('- was given more than once: standard input can be read only once');
  }
  return paths.flatMap((path) => {
    if (path === standardInput) return { name: '-', read: readStandardInput };
    return isFolder(path) ? picturesIn(path) : file(path);
  });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // the error comes when it is read
  }
}

function picturesIn(folder: string): PictureSource[] {
  try {
    const names = readdirSync(folder).filter((name) => /^[^.].*\.(png|jpe?g)$/i.test(name));
    if (names.length === 0) throw new Error('no PNG or JPEG file in this folder');
    return names.toSorted().map((name) => file(join(folder, name)));
  } catch (error) {
    return [{ name: folder, read: () => refuse(folder, error) }];
  }
}

const maxBytes = decodingBudget.fileBytes;

function file(path: string): PictureSource {
  return {
    name: path,
    read() {
      try {
        return readRegularFile(path, { maxBytes });
      } catch (error) {
        return refuse(path, error);
      }
    },
  };
}

/** What another program writes, which may never end: one byte beyond the limit is enough for `decodeImage` to say so. */
function readStandardInput(): Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  while (total <= maxBytes) {
    const chunk = Buffer.allocUnsafe(65_536);
    const count = readSync(0, chunk);
    if (count === 0) break;
    chunks.push(chunk.subarray(0, count));
    total += count;
  }
  return Buffer.concat(chunks);
}

function refuse(path: string, error: unknown): never {
  throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
}
