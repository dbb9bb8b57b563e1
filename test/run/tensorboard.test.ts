import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { firstRecords, maskedCrc32c, scalarsRecord, versionRecord } from '../../src/run/tensorboard.ts';

/** The mask undone. */
function crc32c(bytes: Uint8Array): number {
  const turned = (maskedCrc32c(bytes) - 0xa282ead8) >>> 0;
  return ((turned << 15) | (turned >>> 17)) >>> 0;
}

test('the checksum is CRC-32C: the test vectors of RFC 3720, B.4, and of the polynomial', () => {
  assert.is(crc32c(Buffer.from('123456789')), 0xe3069283);
  assert.is(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.is(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.is(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
});

// worked out byte by byte with Python's struct and a CRC of its own
const version =
  '1800000000000000a37f4b22' + // length 24 and its checksum: how every event file begins
  '09000000000000f83f' + // field 1, double: 1.5
  '1a0d627261696e2e4576656e743a32' + // field 3, text: brain.Event:2
  '2a28646c';
const scalars =
  '2700000000000000bbe1b146' +
  '09000000000000f83f' +
  '10ac02' + // field 2, varint: 300
  '2a19' + // field 5, a summary of 25 bytes
  '0a0b0a046c6f7373150000803e' + // a value: field 1, loss; field 2, float: 0.25
  '0a0a0a0361636315000000c0' + // acc, -2
  'e1fc2a00';

test('records have the bytes of TFRecord, Event and Summary', () => {
  assert.is(Buffer.from(versionRecord(1.5)).toString('hex'), version);
  assert.is(Buffer.from(scalarsRecord(300, { loss: 0.25, acc: -2 }, 1.5)).toString('hex'), scalars);
});

test('a file is cut after a number of records, and where the last one is not whole', () => {
  const file = Buffer.from(version + scalars + scalars, 'hex');
  assert.is(firstRecords(file, 0).length, 0);
  assert.is(Buffer.from(firstRecords(file, 2)).toString('hex'), version + scalars);
  assert.is(firstRecords(file, 9).length, file.length);
  for (const cut of [1, 4, 50]) {
    assert.is(Buffer.from(firstRecords(file.subarray(0, -cut), 9)).toString('hex'), version + scalars);
  }
});

test.run();
