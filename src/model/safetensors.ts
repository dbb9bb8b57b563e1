/**
 * The safetensors format (Hugging Face, format description of version 0.4): tensors by name in one file
 * that holds no code.
 *
 *     8 bytes     N, the length of the header, unsigned little-endian
 *     N bytes     JSON: { name: { dtype, shape, data_offsets: [begin, end] }, …, __metadata__: { … } }
 *     the rest    the values, little-endian; offsets count from here, without gaps or overlaps
 */
import { InputError } from '../input-error.ts';
import { showValue } from '../show-value.ts';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.ts';

export interface NamedValues {
  readonly shape: Shape;
  readonly values: Float32Array;
}

/** A weights file that breaks the format, or whose weights do not fit the network. The message names the file. */
export class WeightsError extends InputError {
  override readonly name = 'WeightsError';
}

const lengthBytes = 8;
const bytesPerValue = 4;
const metadataKey = '__metadata__';
/** The format's own limit on the header. */
const maxHeaderBytes = 100_000_000;

export function encodeSafetensors(
  tensors: ReadonlyMap<string, NamedValues>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = { [metadataKey]: metadata };
  let end = 0;
  for (const [name, { shape, values }] of tensors) {
    const begin = end;
    end += values.byteLength;
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, end] };
  }
  // padded with spaces, so that the values are aligned for a reader that maps the file into memory
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / lengthBytes) * lengthBytes;
  const file = new Uint8Array(lengthBytes + headerBytes + end);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, lengthBytes, lengthBytes + headerBytes);
  file.set(json, lengthBytes);
  let offset = lengthBytes + headerBytes;
  for (const { values } of tensors.values()) {
    for (const value of values) {
      view.setFloat32(offset, value, true);
      offset += bytesPerValue;
    }
  }
  return file;
}

interface Entry {
  readonly name: string;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

/** Checks every rule of the format; `file` is for messages. */
export function decodeSafetensors(bytes: Uint8Array, file: string): Map<string, NamedValues> {
  const { header, dataStart } = readHeader(bytes, file);
  const entries = Object.entries(header)
    .filter(([name]) => name !== metadataKey)
    .map(([name, entry]) => parseEntry(name, entry, file));
  checkOffsets(entries, bytes.length - dataStart, file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tensors = new Map<string, NamedValues>();
  for (const { name, shape, begin } of entries) {
    const values = new Float32Array(sizeOf(shape));
    for (let i = 0; i < values.length; i++) {
      values[i] = view.getFloat32(dataStart + begin + i * bytesPerValue, true);
    }
    tensors.set(name, { shape, values });
  }
  return tensors;
}

/** The metadata of the file: texts by name, none if it has no metadata. */
export function decodeSafetensorsMetadata(bytes: Uint8Array, file: string): Record<string, string> {
  const metadata = readHeader(bytes, file).header[metadataKey] ?? {};
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    throw new WeightsError(`${file}: its metadata are not texts by name`);
  }
  return metadata as Record<string, string>;
}

/** With such a weight, every output of a network is NaN. @param file for messages @throws WeightsError that names it */
export function checkFiniteValues(weights: ReadonlyMap<string, NamedValues>, file: string): void {
  for (const [name, { values }] of weights) {
    const position = values.findIndex((value) => !Number.isFinite(value));
    if (position >= 0) {
      throw new WeightsError(
        `${file}: ${name}: its value at position ${position} is ${values[position]}, not a finite number: ` +
          'the file is damaged, or its training had diverged',
      );
    }
  }
}

interface Header {
  readonly header: Readonly<Record<string, unknown>>;
  readonly dataStart: number;
}

function readHeader(bytes: Uint8Array, file: string): Header {
  if (bytes.length < lengthBytes) {
    throw new WeightsError(`${file}: expected a safetensors file, found ${bytes.length} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  if (headerBytes > maxHeaderBytes || lengthBytes + headerBytes > bytes.length) {
    throw new WeightsError(
      `${file}: says that its header has ${headerBytes} bytes, but the file has ${bytes.length} in all`,
    );
  }
  const dataStart = lengthBytes + headerBytes;
  let header: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(lengthBytes, dataStart));
    header = JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message.replaceAll(/\s+/g, ' ');
    throw new WeightsError(`${file}: its header is not JSON: ${reason}`, { cause: error });
  }
  if (!isRecord(header)) throw new WeightsError(`${file}: its header is not a JSON object`);
  return { header, dataStart };
}

function parseEntry(name: string, entry: unknown, file: string): Entry {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (dtype !== 'F32') {
    const found = typeof dtype === 'string' ? dtype : showValue(dtype);
    throw new WeightsError(`${file}: ${name}: expected dtype F32, found ${found}; save it as 32-bit floats`);
  }
  if (!isCounts(shape)) throw new WeightsError(`${file}: ${name}: its shape is not a list of sizes`);
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw new WeightsError(`${file}: ${name}: data_offsets is not a pair of byte positions`);
  }
  const [begin, end] = offsets as [number, number];
  if (end - begin !== sizeOf(shape) * bytesPerValue) {
    throw new WeightsError(
      `${file}: ${name}: shape ${formatShape(shape)} needs ${sizeOf(shape) * bytesPerValue} bytes, ` +
        `its offsets [${begin}, ${end}] span ${end - begin}`,
    );
  }
  return { name, shape, begin, end };
}

/** The tensors must cover the data exactly: no gap, no overlap, nothing after the end. */
function checkOffsets(entries: readonly Entry[], dataBytes: number, file: string): void {
  let end = 0;
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) {
      const clash = entry.begin < end ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw new WeightsError(
        `${file}: ${entry.name} ${clash}: it begins at byte ${entry.begin}, expected ${end}`,
      );
    }
    end = entry.end;
  }
  if (end !== dataBytes) {
    throw new WeightsError(`${file}: its tensors take ${end} bytes, the file holds ${dataBytes}`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
