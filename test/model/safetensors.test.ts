import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dense } from '../../src/layers/dense.ts';
import { sequential } from '../../src/layers/sequential.ts';
import {
  decodeSafetensors,
  decodeSafetensorsMetadata,
  encodeSafetensors,
  type NamedValues,
  WeightsError,
} from '../../src/model/safetensors.ts';
import { readWeights, writeWeights } from '../../src/model/weights.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';

const tensors = new Map<string, NamedValues>([
  ['a/kernel', { shape: [2, 3], values: Float32Array.of(1, -2, 3.5, -0, Infinity, 1e-40) }],
  ['a/bias', { shape: [1], values: Float32Array.of(7) }],
]);

test('what is written is read back, bit for bit', () => {
  const read = decodeSafetensors(encodeSafetensors(tensors, { producer: 'test' }), 'file');
  assert.equal([...read.keys()], [...tensors.keys()]);
  for (const [name, { shape, values }] of tensors) {
    assert.equal(read.get(name)!.shape, shape);
    assert.equal(new Uint8Array(read.get(name)!.values.buffer), new Uint8Array(values.buffer));
  }
});

test('the layout is that of the format: length, padded JSON, values', () => {
  const file = Buffer.from(encodeSafetensors(new Map([['w', { shape: [1], values: Float32Array.of(1) }]])));
  const length = Number(file.readBigUInt64LE(0));
  assert.is(length % 8, 0);
  assert.equal(JSON.parse(file.toString('utf8', 8, 8 + length)), {
    __metadata__: {},
    w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
  });
  assert.is(file.toString('hex', 8 + length), '0000803f');
});

/** A file with the given header and number of data bytes. */
function file(header: unknown, dataBytes: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)]);
}
const entry = (begin: number, end: number, shape = [(end - begin) / 4], dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const whole = encodeSafetensors(tensors);
const failures: [string, Uint8Array, RegExp][] = [
  ['a few bytes', Buffer.from('abc'), /expected a safetensors file, found 3 bytes/],
  ['a header longer than the file', whole.subarray(0, 40), /its header has \d+ bytes, but the file has 40/],
  ['a header length near 2⁶⁴', Buffer.alloc(16, 0xff), /its header has/],
  ['cut data', whole.subarray(0, -1), /its tensors take 28 bytes, the file holds 27/],
  ['trailing data', Buffer.concat([whole, Buffer.alloc(4)]), /take 28 bytes, the file holds 32/],
  ['no JSON', file('{"a": ', 0), /its header is not JSON/],
  ['a list for a header', file([], 0), /its header is not a JSON object/],
  [
    'another dtype',
    file({ w: entry(0, 4, [1], 'F16') }, 4),
    /w: expected dtype F32, found F16; save it as 32-bit floats/,
  ],
  ['a negative size', file({ w: entry(0, 4, [-1]) }, 4), /w: its shape is not a list of sizes/],
  ['offsets of the wrong span', file({ w: entry(0, 8, [1]) }, 8), /shape \[1\] needs 4 bytes, .* span 8/],
  ['an overlap', file({ a: entry(0, 8), b: entry(4, 12) }, 12), /b overlaps .* begins at byte 4, expected 8/],
  ['a gap', file({ a: entry(0, 4), b: entry(8, 12) }, 12), /b leaves a gap .* begins at byte 8, expected 4/],
  ['no offsets', file({ w: { dtype: 'F32', shape: [1] } }, 4), /data_offsets is not a pair/],
];
for (const [what, bytes, message] of failures) {
  test(`refuses ${what}, in one line with the file's name`, () => {
    assert.throws(
      () => decodeSafetensors(bytes, 'x.safetensors'),
      (error: unknown) =>
        error instanceof WeightsError &&
        error.message.startsWith('x.safetensors: ') &&
        message.test(error.message),
    );
  });
}

test('reads what other writers make: any order of keys, no padding, scalars, no values', () => {
  const data = Buffer.alloc(12);
  for (const [i, value] of [1.5, -2, 3].entries()) data.writeFloatLE(value, 4 * i);
  const header =
    '{"b.weight":{"shape":[2,1],"data_offsets":[4,12],"dtype":"F32"},"none":{"dtype":"F32","shape":[0,3],"data_offsets":[12,12]},' +
    '"__metadata__":{"format":"pt"},"a":{"data_offsets":[0,4],"dtype":"F32","shape":[]}}';
  for (const padding of ['', ' ', '     \n']) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length + padding.length));
    const bytes = Buffer.concat([length, Buffer.from(header + padding), data]);
    const read = decodeSafetensors(bytes, 'file');
    assert.equal(
      [...read].map(([name, { shape, values }]) => [name, shape, [...values]]),
      [
        ['b.weight', [2, 1], [-2, 3]],
        ['none', [0, 3], []],
        ['a', [], [1.5]],
      ],
    );
    assert.equal(decodeSafetensorsMetadata(bytes, 'file'), { format: 'pt' });
  }
});

test('metadata: those that were written, none in a file without, an error where they are no texts', () => {
  assert.equal(decodeSafetensorsMetadata(encodeSafetensors(tensors, { a: 'ä' }), 'file'), { a: 'ä' });
  assert.equal(decodeSafetensorsMetadata(file({}, 0), 'file'), {});
  for (const metadata of [[], { a: 1 }, 'a']) {
    assert.throws(
      () => decodeSafetensorsMetadata(file({ __metadata__: metadata }, 0), 'file'),
      /file: its metadata are not texts by name$/,
    );
  }
});

test('weights go from one network into another of the same form, and into no other', async () => {
  const engine = new ReferenceEngine();
  const make = (units: number, seed: number) => sequential([dense(units)], { inputShape: [3], seed });
  const weights = await readWeights(make(4, 1), engine);
  const target = make(4, 2);
  writeWeights(target, engine, weights, 'file');
  assert.equal(await readWeights(target, engine), weights);

  assert.throws(
    () => writeWeights(make(5, 1), engine, weights, 'file'),
    /file: dense_1\/kernel has shape \[3, 4\], the model expects \[3, 5\]/,
  );
  const extra = new Map([...weights, ['dense_9/kernel', weights.get('dense_1/bias')!]]);
  assert.throws(
    () => writeWeights(target, engine, extra, 'file'),
    /file: the model has no parameter dense_9\/kernel \[4\]; its first is dense_1\/kernel \[3, 4\]$/,
  );
  weights.delete('dense_1/bias');
  assert.throws(() => writeWeights(target, engine, weights, 'file'), /file: dense_1\/bias \[4\] is missing/);
});

test.run();
