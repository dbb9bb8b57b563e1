/**
 * TensorBoard's event files: TensorFlow's records (TFRecord), each holding an `Event` in the format of protocol buffers.
 *
 *     8 bytes   length of the data, unsigned little-endian
 *     4 bytes   checksum of these 8 bytes
 *     …         the data
 *     4 bytes   checksum of the data
 *
 * Only scalars are written. Field numbers are those of TensorFlow's event.proto and summary.proto.
 */
import crc32c from 'crc-32/crc32c.js';
import { PbfWriter } from 'pbf';

const filePrefix = 'events.out.tfevents.';

/** TensorBoard finds its files by this name. @param seconds since 1970 */
export function eventFileName(seconds: number): string {
  return `${filePrefix}${Math.floor(seconds)}.weft`;
}

export function isEventFile(name: string): boolean {
  return name.startsWith(filePrefix);
}

const lengthBytes = 8;
const checksumBytes = 4;

/** TFRecord's checksum: CRC-32C, rotated right by 15 bits, plus a constant, modulo 2³². */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** The first record of a file. @param seconds since 1970 */
export function versionRecord(seconds: number): Uint8Array {
  const event = new PbfWriter();
  event.writeDoubleField(1, seconds); // wall_time
  event.writeStringField(3, 'brain.Event:2'); // file_version
  return frame(event.finish());
}

/** Scalars at a step, by tag. @param seconds since 1970 */
export function scalarsRecord(
  step: number,
  scalars: Readonly<Record<string, number>>,
  seconds: number,
): Uint8Array {
  const event = new PbfWriter();
  event.writeDoubleField(1, seconds); // wall_time
  event.writeVarintField(2, step);
  event.writeMessage(5, writeSummary, scalars);
  return frame(event.finish());
}

function writeSummary(scalars: Readonly<Record<string, number>>, summary: PbfWriter): void {
  for (const scalar of Object.entries(scalars)) summary.writeMessage(1, writeValue, scalar);
}

function writeValue([tag, scalar]: readonly [string, number], value: PbfWriter): void {
  value.writeStringField(1, tag);
  value.writeFloatField(2, scalar); // simple_value
}

function frame(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(lengthBytes + checksumBytes + data.length + checksumBytes);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(lengthBytes, maskedCrc32c(record.subarray(0, lengthBytes)), true);
  record.set(data, lengthBytes + checksumBytes);
  view.setUint32(lengthBytes + checksumBytes + data.length, maskedCrc32c(data), true);
  return record;
}

/** The first `count` records of a file. A last record that is cut off is left out, and all after it. */
export function firstRecords(file: Uint8Array, count: number): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let end = 0;
  for (let i = 0; i < count && end + lengthBytes <= file.length; i++) {
    const size = lengthBytes + checksumBytes + Number(view.getBigUint64(end, true)) + checksumBytes;
    if (end + size > file.length) break;
    end += size;
  }
  return file.subarray(0, end);
}
