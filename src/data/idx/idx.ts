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
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { formatShape, type Shape, sizeOf } from '../../tensor/shape.ts';

/** A data file cannot be read. The message names the file, what was expected and what was found. */
export class DataError extends Error {
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
/** A limit against decompression bombs: far above all relatives of MNIST, and a Uint8Array can still hold it. */
const maxBytes = 2 ** 31 - 1;

/**
 * Reads an IDX file of unsigned bytes with `rank` dimensions, gzipped or plain.
 *
 * @param what the content for messages: `images`
 * @throws DataError if the file is missing or does not follow the format
 */
export function readIdx(path: string, rank: number, what: string): Idx {
  const file = basename(path);
  const stored = readBytes(path, what);
  const bytes = decompress(stored, file);
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
  const headerBytes = 4 + 4 * rank;
  if (bytes.length < headerBytes) {
    throw new DataError(
      `${file}: expected a header of ${headerBytes} bytes, found ${bytes.length} bytes in all`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const found = bytes.length - headerBytes;
  if (sizeOf(shape) !== found) {
    throw new DataError(
      `${file}: its header says ${formatShape(shape)}, that is ${sizeOf(shape)} bytes of ${what}; found ${found}`,
    );
  }
  if (found === 0) throw new DataError(`${file}: contains no ${what}`);
  return { shape, values: bytes.subarray(headerBytes), sha256: sha256(stored) };
}

function readBytes(path: string, what: string): Uint8Array {
  try {
    if (!statSync(path).isFile()) throw new DataError(`${path}: expected a file of ${what}, found a folder`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${path}: cannot read ${what}: ${(error as Error).message}`, { cause: error });
  }
}

function decompress(bytes: Uint8Array, file: string): Uint8Array {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!isGzip) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    throw new DataError(
      `${file}: the gzip data are damaged or cut short (${(error as Error).message}); fetch the file again`,
      { cause: error },
    );
  }
}

function hex(bytes: Uint8Array): string {
  return bytes.length === 0 ? 'an empty file' : Buffer.from(bytes).toString('hex');
}
