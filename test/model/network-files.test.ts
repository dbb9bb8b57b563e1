import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildModel } from '../../src/model/build-model.ts';
import type { LayerDescription } from '../../src/layers/layer.ts';
import { encodeNetworkJson } from '../../src/model/network-json.ts';
import { decodeModel, encodeModel, encodeNetwork } from '../../src/model/saved-model.ts';
import { encodeSafetensors, type NamedValues, WeightsError } from '../../src/model/safetensors.ts';
import { checkWeights, getWeights } from '../../src/model/weights.ts';
import { dense } from '../../src/layers/dense.ts';
import { huber } from '../../src/layers/huber.ts';
import { sequential } from '../../src/layers/sequential.ts';
import { standardize } from '../../src/layers/standardize.ts';
import { unstandardize } from '../../src/layers/unstandardize.ts';
import { classNames, randomNetwork } from '../helpers/random-network.ts';

const layers: LayerDescription[] = [
  { type: 'conv2d', filters: 3, kernelSize: [2, 3], padding: 'same' },
  { type: 'batch_norm' },
  { type: 'flatten' },
  { type: 'dense', units: 3 },
];
const network = randomNetwork(layers, [5, 4, 2]);

function bits(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

test('json: the network can be built from the text, with the same weights bit for bit', () => {
  const weights = new Map(network.weights);
  const edges = Float32Array.of(-0, 2 ** -149, -3.4028234663852886e38);
  weights.set('dense_1/bias', { shape: [3], values: edges });
  const text = JSON.parse(encodeNetworkJson({ ...network, weights })) as {
    inputShape: number[];
    classNames: string[];
    layers: unknown;
    weights: Record<string, { shape: number[]; values: number[] }>;
  };
  assert.equal(text.classNames, classNames);
  const read = new Map<string, NamedValues>(
    Object.entries(text.weights).map(([name, { shape, values }]) => [
      name,
      { shape, values: Float32Array.from(values) },
    ]),
  );
  checkWeights(
    buildModel(text.layers, { source: 'json', inputShape: text.inputShape, classes: 3 }),
    read,
    'json',
  );
  for (const [name, { values }] of weights) assert.equal(bits(read.get(name)!.values), bits(values), name);
});

test('json: a number has no more digits than it takes', () => {
  const weights = new Map(network.weights);
  weights.set('dense_1/bias', { shape: [3], values: Float32Array.of(0.1, -1 / 3, 16_777_216) });
  assert.match(
    encodeNetworkJson({ ...network, weights }),
    /^ {4}"dense_1\/bias": \{ "shape": \[3\], "values": \[0\.1,-0\.33333334,16777216\] \},$/m,
  );
});

test('json: weights that are no numbers are refused', () => {
  const weights = new Map(network.weights);
  weights.set('dense_1/bias', { shape: [3], values: Float32Array.of(0, NaN, 0) });
  assert.throws(() => encodeNetworkJson({ ...network, weights }), /dense_1\/bias: a weight is NaN/);
});

test('safetensors: the network can be built from the file alone, with the same weights bit for bit', () => {
  const read = decodeModel(encodeNetwork(network), 'file');
  assert.equal(read.describe(), layers);
  assert.equal(read.classNames, classNames);
  assert.equal(read.inputShape, [5, 4, 2]);
  const weights = getWeights(read);
  assert.equal([...weights.keys()], [...network.weights.keys()]);
  for (const [name, { values }] of network.weights) {
    assert.equal(bits(weights.get(name)!.values), bits(values), name);
  }
});

const broken: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['no network', {}, /^file: its metadata: layers is missing: the file has weights, but not the network/],
  ['half a list', { layers: '[' }, /^file: its metadata: layers is not a list as JSON$/],
  ['no shape', { layers: '[{"type":"relu"}]' }, /^file: its metadata: input_shape is missing: /],
  [
    'an impossible shape',
    { layers: '[{"type":"relu"}]', input_shape: '[0]' },
    /^file: sequential: inputShape must be a list of sizes/,
  ],
  [
    'an unknown loss',
    { layers: '[{"type":"relu"}]', input_shape: '[2]', loss: '{"type":"huberr"}' },
    /^file: loss: expected a loss, got \{"type":"huberr"\}; did you mean huber\?/,
  ],
  [
    'names that are none',
    { layers: '[{"type":"relu"}]', input_shape: '[2]', class_names: '[1]' },
    /^file: its metadata: class_names is not a list of names as JSON$/,
  ],
  ['an object', { layers: '{}' }, /^file: its metadata: layers is not a list as JSON$/],
  [
    'unknown layers',
    { layers: '[{"type":"x"}]', input_shape: '[2,2,1]', class_names: '["a"]' },
    /^file: layers\[0\]: unknown type "x"/,
  ],
];
for (const [what, metadata, message] of broken) {
  test(`safetensors: a file with ${what} in its metadata is refused in one line`, () => {
    assert.throws(
      () => decodeModel(encodeSafetensors(network.weights, metadata), 'file'),
      (error: Error) => message.test(error.message) && !error.message.includes('\n'),
    );
  });
}

test('safetensors: weights of another network are refused, with both shapes', () => {
  const metadata = { layers: JSON.stringify(layers), input_shape: '[5,3,2]', class_names: '["a","b","c"]' };
  assert.throws(
    () => decodeModel(encodeSafetensors(network.weights, metadata), 'file'),
    (error: Error) =>
      error instanceof WeightsError &&
      /file: dense_1\/kernel has shape \[60, 3\], the model expects \[45, 3\]/.test(error.message),
  );
});

test('a model keeps its loss, the names of its classes and its statistics; bytes of another kind are refused', () => {
  const model = sequential([standardize(), dense(1), unstandardize()], { inputShape: [2], seed: 4 });
  model.loss = huber({ delta: 2.5 });
  model.state[0]!.values.set([3, 5]);
  const read = decodeModel(encodeModel(model));
  assert.equal(read.loss!.describe(), { type: 'huber', delta: 2.5 });
  assert.equal([...read.state[0]!.values], [3, 5]);
  assert.is(read.classNames, undefined);
  assert.equal(getWeights(read), getWeights(model));
  assert.throws(
    () => decodeModel('model' as never),
    /^decodeModel: expected the bytes as a Uint8Array, got "model"$/,
  );
});

test.run();
