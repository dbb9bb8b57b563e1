import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sequential, type Sequential } from '../../src/layers/sequential.ts';
import { buildModel } from '../../src/model/build-model.ts';
import type { LayerDescription } from '../../src/layers/layer.ts';
import { ModelError, readLayerList } from '../../src/model/layer-list.ts';
import { layerTypes } from '../../src/model/layer-types.ts';
import { readModelFile } from '../../src/model/model-file.ts';
import { countParameters } from '../../src/model/parameter-count.ts';
import { temporaryFolder } from '../helpers/idx-file.ts';

const root = join(import.meta.dirname, '../..');
const folder = temporaryFolder();
test.after(() => folder.remove());

/** The message, without the path of the file, for a file with this content. */
function complaint(content: unknown): string {
  const path = join(folder.path, 'net.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  try {
    buildModel(readModelFile(path), { source: path, inputShape: [6, 7, 1], classes: 10 });
  } catch (error) {
    assert.instance(error, ModelError);
    const { message } = error as Error;
    assert.ok(message.startsWith(`${path}: `), message);
    assert.not.ok(message.includes('\n'), message);
    return message.slice(path.length + 2);
  }
  return 'none';
}

function complaintOn(...layers: unknown[]): string {
  return complaint({ layers });
}

const flatten = { type: 'flatten' };
const output = { type: 'dense', units: 10 };

test('options of all kinds reach their layers', () => {
  const layers = [
    { type: 'conv2d', filters: 5, kernelSize: [2, 3], stride: 2, padding: 'same', initializer: 'heNormal' },
    { type: 'relu' },
    { type: 'max_pool2d', poolSize: [2, 1], stride: [1, 2], padding: 'same' },
    { type: 'batch_norm', momentum: 0.5, epsilon: 0.01 },
    {
      type: 'residual',
      body: [
        { type: 'conv2d', filters: 3, kernelSize: 1 },
        { type: 'leaky_relu', negativeSlope: 0.1 },
      ],
      shortcut: [{ type: 'conv2d', filters: 3, kernelSize: 1, stride: [1, 1], padding: 'valid' }],
    },
    { type: 'max_pool2d', poolSize: 2 },
    { type: 'average_pool2d', poolSize: [1, 1], stride: 1, padding: 'same' },
    { type: 'global_average_pool2d' },
    { type: 'dense', units: 3 },
    flatten,
    { type: 'dropout', rate: 0.25 },
    { type: 'dense', units: 7, initializer: 'glorotUniform' },
    output,
  ];
  const model = buildModel(layers, { source: 'net', inputShape: [6, 8, 1], classes: 10 });
  const shapes = model.layers.map(({ outputShape }) => outputShape.join());
  assert.equal(shapes, [
    '3,4,5',
    '3,4,5',
    '3,2,5',
    '3,2,5',
    '3,2,3',
    '1,1,3',
    '1,1,3',
    '3',
    '3',
    '3',
    '3',
    '7',
    '10',
  ]);
  assert.equal(model.parameters[0]!.value.shape, [2, 3, 1, 5]);
});

test('initializer names the function: He is normal, so wider than the limit of Glorot', () => {
  const largest = (initializer: string): number => {
    const layers = [flatten, { type: 'dense', units: 10, initializer }];
    const model = buildModel(layers, { source: 'net', inputShape: [30, 30, 1], classes: 10 });
    return Math.max(...model.parameters[0]!.value.values.map(Math.abs));
  };
  const limit = Math.sqrt(6 / 910);
  assert.ok(largest('glorotUniform') <= limit);
  assert.ok(largest('heNormal') > 1.5 * limit);
});

test('the examples in examples/models/ are networks for Fashion-MNIST', () => {
  const path = join(root, 'examples/models/small-cnn.json');
  const model = buildModel(readModelFile(path), { source: path, inputShape: [28, 28, 1], classes: 10 });
  assert.is(countParameters(model), 16 * 10 + 32 * (16 * 9 + 1) + 64 * (7 * 7 * 32 + 1) + 10 * 65);
});

test('the guide shows that example as it is, and a row for every type with all its options', () => {
  const guide = readFileSync(join(root, 'docs/guide.md'), 'utf8');
  const example = readFileSync(join(root, 'examples/models/small-cnn.json'), 'utf8');
  assert.ok(guide.includes(example), 'examples/models/small-cnn.json');
  for (const { type, options } of layerTypes) {
    const row = guide.split('\n').find((line) => line.startsWith(`| \`${type}\``));
    assert.ok(row, type);
    for (const option of Object.keys(options)) {
      assert.ok(row.includes(`\`${option}\``), `${type}: ${option}`);
    }
  }
});

test('files that are no JSON, or none at all', () => {
  assert.match(
    complaint('{ "layers": [\n  { "type": "relu" }\n  { } ] }'),
    /^not valid JSON: .*line 3 column 3/,
  );
  assert.match(complaint(''), /^not valid JSON: Unexpected end of JSON input$/);
  assert.match(complaint('{\n"layers": oops\n}'), /^not valid JSON: Unexpected token 'o'/);
  const missing = join(folder.path, 'none.json');
  assert.throws(() => readModelFile(missing), new RegExp(`^${missing}: no such file$`));
  const directory = join(folder.path, 'folder.json');
  mkdirSync(directory);
  assert.throws(() => readModelFile(directory), /folder\.json: this is a folder, not a file$/);
});

test('a byte order mark in front is no mistake', () => {
  assert.is(complaint(`\uFEFF${JSON.stringify({ layers: [flatten, output] })}`), 'none');
});

test('what surrounds the layers', () => {
  assert.is(complaint([flatten, output]), 'expected {"layers": [ … ]}, got a list; put it under "layers"');
  assert.is(complaint('null'), 'expected {"layers": [ … ]}, got null');
  assert.is(complaint('"relu"'), 'expected {"layers": [ … ]}, got "relu"');
  assert.is(complaint({}), 'layers is missing; expected {"layers": [ … ]}');
  assert.is(
    complaint({ layer: [] }),
    'unknown key "layer"; did you mean layers? a model has layers and description',
  );
  assert.is(complaint({ layers: [], epochs: 3 }), 'unknown key "epochs"; a model has layers and description');
  assert.is(complaint({ layers: [], description: 3 }), 'description must be a text, got 3');
  assert.is(complaint({ layers: { type: 'relu' } }), 'layers must be a list of layers, got {"type":"relu"}');
  assert.is(complaintOn(), 'layers is empty: a network has at least one layer');
});

const types = layerTypes.map(({ type }) => type).join(', ');

test('layers that are none, and types that are unknown', () => {
  assert.is(complaintOn('relu'), 'layers[0]: a layer is an object like {"type": "relu"}, got "relu"');
  assert.is(complaintOn(flatten, null), 'layers[1]: a layer is an object like {"type": "relu"}, got null');
  assert.is(
    complaintOn([flatten]),
    'layers[0]: a layer is an object like {"type": "relu"}, got [{"type":"flatten"}]',
  );
  assert.is(complaintOn({ units: 3 }), `layers[0]: "type" is missing; the types are ${types}`);
  assert.is(complaintOn({ type: 3 }), `layers[0]: unknown type 3; the types are ${types}`);
  assert.is(complaintOn({ type: 'softmax' }), `layers[0]: unknown type "softmax"; the types are ${types}`);
  assert.is(complaintOn({ type: 'toString' }), `layers[0]: unknown type "toString"; the types are ${types}`);
  assert.is(
    complaintOn(flatten, { type: 'Dens' }),
    `layers[1]: unknown type "Dens"; did you mean dense? the types are ${types}`,
  );
});

test('options: unknown, missing, of the wrong kind, out of range', () => {
  const on = (type: string, options: object): string => complaintOn(flatten, { type, ...options });
  assert.is(
    on('dense', { unit: 3 }),
    'layers[1]: dense: unknown option "unit"; did you mean units? its options are units, initializer',
  );
  assert.is(on('relu', { slope: 3 }), 'layers[1]: relu: unknown option "slope"; it has none');
  assert.is(on('dropout', {}), 'layers[1]: dropout: rate is missing; it must be a number in [0, 1)');
  assert.is(on('dense', { units: '64' }), 'layers[1]: dense: units must be a positive integer, got "64"');
  assert.is(on('dense', { units: null }), 'layers[1]: dense: units must be a positive integer, got null');
  assert.is(on('dense', { units: 2.5 }), 'layers[1]: dense: units must be a positive integer, got 2.5');
  assert.is(on('dropout', { rate: 1 }), 'layers[1]: dropout: rate must be a number in [0, 1), got 1');
  assert.is(
    on('conv2d', { filters: 3, padding: 'full' }),
    'layers[1]: conv2d: padding must be "same" or "valid", got "full"',
  );
  assert.is(
    on('conv2d', { filters: 3, kernelSize: [1, 2, 3] }),
    'layers[1]: conv2d: kernelSize must be a positive integer or two of them, [height, width], got [1,2,3]',
  );
  assert.is(
    complaintOn({ type: 'conv2d', filters: 3, kernelSize: [3, 0] }),
    'layers[0]: conv2d: kernelSize must be a positive integer or two of them, [height, width], got [3,0]',
  );
  assert.is(
    on('max_pool2d', { poolSize: -2 }),
    'layers[1]: max_pool2d: poolSize must be a positive integer or two of them, [height, width], got -2',
  );
  assert.is(
    on('dense', { units: 3, initializer: 'zeros' }),
    'layers[1]: dense: initializer must be glorotUniform or heNormal, got "zeros"',
  );
  assert.match(on('dense', { units: 'x'.repeat(1000) }), /^.{1,120}…$/);
});

test('shapes that do not fit name the layer that they do not fit', () => {
  assert.is(
    complaintOn(output),
    'layers[0]: dense_1: input of one example (put flatten() before dense): expected 1 dimensions, got [6, 7, 1]',
  );
  const pool = { type: 'max_pool2d', poolSize: 3 };
  assert.is(
    complaintOn(pool, { type: 'relu' }, pool, flatten, output),
    'layers[2]: max_pool2d_2: a window of 3 does not fit into 2 pixels',
  );
  assert.match(
    complaintOn(flatten, { type: 'dense', units: 1e9 }),
    /^layers\[1\]: with dense_1\/kernel \[42, 1000000000\], the weights .* take 156 GiB; the engines address 2 GiB/,
  );
});

test('a last layer that does not give a number for each class', () => {
  const wanted = 'it must give [10], one number for each class, as {"type": "dense", "units": 10} does';
  assert.is(
    complaintOn(flatten, { type: 'dense', units: 12 }),
    `layers[1]: the last layer, dense_1, gives [12]; ${wanted}`,
  );
  assert.is(complaintOn({ type: 'relu' }), `layers[0]: the last layer, relu_1, gives [6, 7, 1]; ${wanted}`);
});

test('layers inside layers: built in order, complaints with the whole path', () => {
  const build = (...list: LayerDescription[]): Sequential =>
    sequential(readLayerList(list, 'net: layers'), { inputShape: [6, 7, 1] });
  const inner = {
    type: 'residual',
    body: [flatten, { type: 'dense', units: 3 }],
    shortcut: [flatten, { type: 'dense', units: 3 }, { type: 'relu' }],
  };
  assert.equal(build({ type: 'residual', body: [inner], shortcut: [inner] }).outputShape, [3]);

  const nested = (layer: object) => () =>
    build(flatten, {
      type: 'residual',
      body: [{ type: 'residual', body: [{ type: 'relu' }], shortcut: [flatten, layer as LayerDescription] }],
    });
  const path = /^net: layers\[1\]\.body\[0\]\.shortcut\[1\]: /;
  for (const [layer, message] of [
    [{ type: 'dense', units: 'x' }, /: dense: units must be a positive integer, got "x"$/],
    [{ type: 'dens' }, /: unknown type "dens"; did you mean dense\?/],
    [{ type: 'dropout', rate: 2 }, /: dropout: rate must be a number in \[0, 1\), got 2$/],
    [{ type: 'conv2d', filters: 2 }, /\/conv2d_1: input of one example: expected 3 dimensions, got \[42\]$/],
  ] as const) {
    assert.throws(nested(layer), path);
    assert.throws(nested(layer), message);
  }
  assert.throws(
    () => build({ type: 'residual', body: 'relu' }),
    /^net: layers\[0\]: residual: body must be a list of at least one layer, got "relu"$/,
  );
});

test.run();
