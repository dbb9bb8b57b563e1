import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
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
    if (path === standardInput) return { name: '-', read: () => readFileSync(0) };
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

function file(path: string): PictureSource {
  return {
    name: path,
    read() {
      try {
        const entry = statSync(path);
        // a device may never end
        if (!entry.isFile() && !entry.isFIFO()) throw new Error('not a file');
        return readFileSync(path);
      } catch (error) {
        return refuse(path, error);
      }
    },
  };
}

function refuse(path: string, error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = { ENOENT: 'no such file', EACCES: 'may not be read' };
  throw new Error(`${path}: ${known[code ?? ''] ?? message}`, { cause: error });
}
