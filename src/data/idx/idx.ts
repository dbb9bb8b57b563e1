/**
 * Reader for IDX files, the format of MNIST and its relatives (Y. LeCun, "The MNIST database", file formats):
 *
 *     byte 0, 1   zero
 *     byte 2      type of the elements; 8 means unsigned byte, the only one used by these data sets
 *     byte 3      number of dimensions d
 *     4·d bytes   the dimensions, big-endian
 *     the elements, row-major
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { InputError } from '../../input-error.ts';
import { readRegularFile } from '../../read-file.ts';
import { formatShape, type Shape, sizeOf } from '../../tensor/shape.ts';

/** A data file cannot be read. The message names the file, what was expected and what was found. */
export class DataError extends InputError {
  override readonly name = 'DataError';
}

export interface Idx {
  readonly shape: Shape;
  readonly values: Uint8Array;
  /** SHA-256 of the file as it is stored, in hexadecimal. */
  readonly sha256: string;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const unsignedByte = 0x08;
/** Limit for the elements of one file: the engines address 2 GiB, which must hold everything else, too. */
const maxBytes = 2 ** 30;
/** So much of a gzipped file is inflated to find its header. It becomes at most 4 MB. */
const startBytes = 4096;

/**
 * Reads an IDX file of unsigned bytes with `rank` dimensions, gzipped or plain. The header of a gzipped file is read
 * first: it says how much there is to inflate.
 *
 * @param what the content for messages: `images`
 * @throws DataError if the file is missing, does not follow the format or holds more than 1 GiB
 */
export function readIdx(path: string, rank: number, what: string): Idx {
  const file = basename(path);
  const stored = readBytes(path, what);
  const isGzip = stored[0] === 0x1f && stored[1] === 0x8b;
  const shape = readHeader(isGzip ? inflateStart(stored, file) : stored, { file, rank, what });
  const size = sizeOf(shape);
  const headerBytes = bytesOfHeader(rank);
  const expected = `${file}: its header says ${formatShape(shape)}, that is ${size} bytes of ${what}`;
  if (size === 0) throw new DataError(`${file}: contains no ${what}`);
  if (size > maxBytes) throw new DataError(`${expected}; at most ${maxBytes} are read`);
  const bytes = isGzip ? inflate(stored, headerBytes + size, { file, expected }) : stored;
  const found = bytes.length - headerBytes;
  if (size !== found) throw new DataError(`${expected}; found ${found}`);
  return { shape, values: bytes.subarray(headerBytes), sha256: sha256(stored) };
}

const bytesOfHeader = (rank: number): number => 4 + 4 * rank;

interface Expected {
  readonly file: string;
  readonly rank: number;
  readonly what: string;
}

/** @param bytes the file, or its beginning */
function readHeader(bytes: Buffer, { file, rank, what }: Expected): Shape {
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) {
    throw new DataError(
      `${file}: expected an IDX file (it starts with two zero bytes), found ${hex(bytes.subarray(0, 4))}`,
    );
  }
  if (bytes[2] !== unsignedByte) {
    throw new DataError(
      `${file}: expected elements of type 0x08 (unsigned byte), found type 0x${hex(bytes.subarray(2, 3))}`,
    );
  }
  if (bytes[3] !== rank) {
    throw new DataError(
      `${file}: expected ${what} with ${rank} dimension${rank === 1 ? '' : 's'}, found ${bytes[3]} dimensions ` +
        `(are the image and label files swapped?)`,
    );
  }
  const headerBytes = bytesOfHeader(rank);
  if (bytes.length < headerBytes) {
    throw new DataError(
      `${file}: expected a header of ${headerBytes} bytes, found ${bytes.length} bytes in all`,
    );
  }
  return Array.from({ length: rank }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
}

function readBytes(path: string, what: string): Buffer {
  try {
    return readRegularFile(path);
  } catch (error) {
    throw new DataError(`${path}: cannot read ${what}: ${(error as Error).message}`, { cause: error });
  }
}

/** What the first bytes of a gzipped file become, whether or not the rest is damaged. */
function inflateStart(stored: Buffer, file: string): Buffer {
  try {
    return gunzipSync(stored.subarray(0, startBytes), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    throw damaged(file, error);
  }
}

/** @param length the bytes of header and elements; no more are inflated */
function inflate(
  stored: Buffer,
  length: number,
  { file, expected }: { readonly file: string; readonly expected: string },
): Buffer {
  try {
    // one piece of memory for all: the byte more shows data that are too long
    return gunzipSync(stored, {
      maxOutputLength: length,
      chunkSize: Math.max(length + 1, constants.Z_MIN_CHUNK),
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new DataError(`${expected}; found more`, { cause: error });
    throw damaged(file, error);
  }
}

function damaged(file: string, error: unknown): DataError {
  return new DataError(
    `${file}: the gzip data are damaged or cut short (${(error as Error).message}); fetch the file again`,
    { cause: error },
  );
}

function hex(bytes: Uint8Array): string {
  return bytes.length === 0 ? 'an empty file' : Buffer.from(bytes).toString('hex');
}
