import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

export interface ReadFileOptions {
  /** A larger file is refused before more than this is read. The default is 2 GiB less one byte. */
  readonly maxBytes?: number;
}

const defaultMaxBytes = 2 ** 31 - 1;
/** A file in /proc has no size; and a file may grow while it is read. */
const chunkBytes = 65_536;

/**
 * Reads a regular file, or one that a symbolic link names. Folders, devices and named pipes are refused at once: to read
 * them might never end. `fs.readFileSync` would wait for a writer of the pipe, and read `/dev/zero` until the memory is full.
 *
 * @throws Error with one line that says the reason, without the path, and the `code` of the system where it gave one
 */
export function readRegularFile(path: string, { maxBytes = defaultMaxBytes }: ReadFileOptions = {}): Buffer {
  const file = open(path);
  try {
    const status = fstatSync(file);
    if (status.isDirectory()) throw new FileError('this is a folder, not a file', 'EISDIR');
    if (!status.isFile()) throw new FileError('this is a device or a pipe, not a regular file');
    return readAll(file, status.size, maxBytes);
  } catch (error) {
    throw error instanceof FileError ? error : describe(error);
  } finally {
    closeSync(file);
  }
}

/** The text of a regular file, read as UTF-8, without the byte order mark that editors on Windows write. */
export function readTextFile(path: string, options?: ReadFileOptions): string {
  return readRegularFile(path, options)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

class FileError extends Error {
  override readonly name = 'FileError';
  readonly code: string | undefined;

  constructor(message: string, code?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

function open(path: string): number {
  try {
    // O_NONBLOCK: to open a named pipe must not wait for its writer; Windows has neither
    return openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw describe(error);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file: a part of its path is not a folder',
  EISDIR: 'this is a folder, not a file',
  EACCES: 'it may not be read (permission denied)',
  EPERM: 'it may not be read (permission denied)',
  ELOOP: 'its symbolic links go round in a circle',
  ENXIO: 'this is a device or a pipe, not a regular file',
};

function describe(error: unknown): FileError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new FileError(reasons[code] ?? message, code, { cause: error });
}

function readAll(file: number, size: number, maxBytes: number): Buffer {
  if (size > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    // one byte more than expected shows the end of the file without a further chunk
    const chunk = Buffer.allocUnsafe(Math.max(size - total + 1, chunkBytes));
    const count = readSync(file, chunk);
    if (count === 0) break;
    total += count;
    if (total > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk.subarray(0, count));
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, total);
}

function tooLarge(maxBytes: number): FileError {
  return new FileError(`it is larger than the ${formatBytes(maxBytes)} that are read of such a file`);
}

function formatBytes(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  if (mebibytes < 1) return `${bytes} bytes`;
  return mebibytes < 1024 ? `${Math.round(mebibytes)} MiB` : `${Math.round(mebibytes / 1024)} GiB`;
}
