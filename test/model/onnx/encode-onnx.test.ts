import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LayerDescription } from '../../../src/layers/layer.ts';
import { layerTypes } from '../../../src/model/layer-types.ts';
import { encodeOnnx } from '../../../src/model/onnx/encode-onnx.ts';
import { RandomStream } from '../../../src/tensor/random.ts';
import { EagerOps } from '../../../src/tensor/reference/eager.ts';
import type { Shape } from '../../../src/tensor/shape.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { version } from '../../../src/version.ts';
import { parseOnnx, runOnnx, shapeOf } from '../../helpers/onnx.ts';
import { classNames, randomNetwork } from '../../helpers/random-network.ts';

function randomImages(shape: Shape): Tensor<'float32'> {
  const images = Tensor.zeros('float32', shape, 'images');
  const random = new RandomStream(7, 'images');
  for (let i = 0; i < images.size; i++) images.values[i] = random.uniform(i);
  return images;
}

function largestDifference(a: Float32Array, b: ArrayLike<number>): number {
  assert.is(a.length, b.length);
  return a.reduce((max, value, i) => {
    const difference = Math.abs(value - b[i]!);
    return Number.isNaN(difference) ? NaN : Math.max(max, difference);
  }, 0);
}

const last: LayerDescription[] = [{ type: 'flatten' }, { type: 'dense', units: 3 }];
const same = { kernelSize: 3, padding: 'same' };

/** Networks, and the shape of an image. Sizes are all different, no multiples of anything, for the most part odd. */
const networks: readonly (readonly [string, readonly LayerDescription[], Shape])[] = [
  ['dense layers', [{ type: 'flatten' }, { type: 'dense', units: 7 }, { type: 'relu' }, ...last], [5, 4, 1]],
  ['a convolution', [{ type: 'conv2d', filters: 6, kernelSize: [2, 3] }, ...last], [7, 5, 3]],
  ['a convolution, same', [{ type: 'conv2d', filters: 5, ...same }, ...last], [6, 9, 2]],
  [
    'same with an even filter: more padding below than above',
    [{ type: 'conv2d', filters: 5, kernelSize: [4, 2], padding: 'same' }, ...last],
    [7, 5, 3],
  ],
  [
    'same with strides that leave uneven padding',
    [{ type: 'conv2d', filters: 5, ...same, stride: [2, 3] }, ...last],
    [8, 11, 3],
  ],
  [
    'a stride that steps over pixels',
    [{ type: 'conv2d', filters: 4, kernelSize: 2, stride: 3, padding: 'same' }, ...last],
    [7, 8, 2],
  ],
  ['max-pooling', [{ type: 'max_pool2d' }, ...last], [7, 5, 3]],
  [
    'max-pooling of negative values, same',
    [{ type: 'batch_norm' }, { type: 'max_pool2d', poolSize: [3, 2], stride: 2, padding: 'same' }, ...last],
    [6, 7, 2],
  ],
  ['average pooling', [{ type: 'average_pool2d', poolSize: [2, 3], stride: 1 }, ...last], [5, 7, 2]],
  [
    'average pooling, same: the mean of the pixels inside',
    [{ type: 'average_pool2d', poolSize: 3, stride: 2, padding: 'same' }, ...last],
    [6, 7, 2],
  ],
  [
    'global average pooling',
    [{ type: 'conv2d', filters: 5 }, { type: 'global_average_pool2d' }, { type: 'dense', units: 3 }],
    [7, 6, 3],
  ],
  [
    'leaky ReLU, ELU and batch normalization of images and of features',
    [
      { type: 'conv2d', filters: 5 },
      { type: 'batch_norm', epsilon: 0.1 },
      { type: 'leaky_relu', negativeSlope: 0.2 },
      { type: 'elu', alpha: 0.7 },
      { type: 'flatten' },
      { type: 'dense', units: 6 },
      { type: 'batch_norm' },
      { type: 'leaky_relu' },
      { type: 'dense', units: 3 },
    ],
    [5, 6, 2],
  ],
  [
    'standardized inputs and outputs',
    [{ type: 'standardize' }, { type: 'relu' }, ...last, { type: 'unstandardize' }],
    [5, 4, 2],
  ],
  ['dropout, which is absent', [{ type: 'dropout', rate: 0.5 }, ...last], [5, 4, 2]],
  [
    'residual blocks, one with a shortcut, one inside another, one on features',
    [
      {
        type: 'residual',
        body: [{ type: 'conv2d', filters: 4, ...same, stride: 2 }, { type: 'batch_norm' }],
        shortcut: [{ type: 'conv2d', filters: 4, kernelSize: 1, stride: 2 }],
      },
      {
        type: 'residual',
        body: [{ type: 'relu' }, { type: 'residual', body: [{ type: 'conv2d', filters: 4, ...same }] }],
      },
      {
        type: 'residual',
        body: [{ type: 'flatten' }, { type: 'dense', units: 8 }],
        shortcut: [{ type: 'max_pool2d' }, { type: 'flatten' }, { type: 'dense', units: 8 }],
      },
      { type: 'residual', body: [{ type: 'dense', units: 8 }] },
      { type: 'dense', units: 3 },
    ],
    [7, 10, 3],
  ],
];

/** The types of layers that the list has no network for: activations, which take any shape and need no options. */
function otherTypes(): string[] {
  const typesOf = (layers: readonly LayerDescription[]): string[] =>
    layers.flatMap(({ type, body = [], shortcut = [] }) => [
      type,
      ...typesOf(body as LayerDescription[]),
      ...typesOf(shortcut as LayerDescription[]),
    ]);
  const used = new Set(networks.flatMap(([, layers]) => typesOf(layers)));
  return layerTypes.map(({ type }) => type).filter((type) => !used.has(type));
}

/** One network for each of these types: on an image, after a convolution, and on features, after a dense layer. */
const activations: typeof networks = otherTypes().map((type) => [
  type,
  [
    { type: 'conv2d', filters: 5 },
    { type },
    { type: 'flatten' },
    { type: 'dense', units: 7 },
    { type },
    ...last,
  ],
  [5, 6, 2],
]);

for (const [what, layers, shape] of [...networks, ...activations]) {
  test(`onnxruntime gives the same results: ${what}`, async () => {
    const trained = randomNetwork(layers, shape);
    const file = encodeOnnx(trained);
    for (const batch of [1, 5]) {
      const images = randomImages([batch, ...shape]);
      const ops = new EagerOps();
      const logits = trained.model.forward(ops, images, { training: false });
      const found = await runOnnx(file, images.values, images.shape);
      assert.equal(Object.keys(found).toSorted(), ['logits', 'probabilities']);
      const logitsApart = largestDifference(found['logits']!, logits.values);
      assert.ok(logitsApart < 2e-5, `logits differ by ${logitsApart}`);
      const apart = largestDifference(found['probabilities']!, ops.softmax(logits).values);
      assert.ok(apart < 1e-5, `probabilities differ by ${apart}`);
    }
  });
}

const example: LayerDescription[] = [
  { type: 'conv2d', filters: 5, ...same, stride: 2 },
  { type: 'relu' },
  { type: 'dropout', rate: 0.3 },
  ...last,
];

test('the file says what it is, to a parser of its own', () => {
  const file = parseOnnx(encodeOnnx(randomNetwork(example, [8, 6, 2])));
  assert.is(file.irVersion, 8);
  assert.equal(file.opsetImport, [{ version: 13 }]);
  assert.equal([file.producerName, file.producerVersion], ['weft', version]);
  const metadata = Object.fromEntries(file.metadataProps.map(({ key, value }) => [key, value]));
  assert.equal(JSON.parse(metadata['class_names']!), classNames);
  assert.equal(JSON.parse(metadata['layers']!), example);
  assert.match(
    metadata['input']!,
    /^float32 \[N, 8, 6, 2\]: .* 8 rows, 6 columns and 2 channels, .* by 255$/,
  );

  const { graph } = file;
  assert.equal(
    [...graph.input, ...graph.output].map((value) => [value.name, ...shapeOf(value)]),
    [
      ['images', 'N', 8, 6, 2],
      ['probabilities', 'N', 3],
      ['logits', 'N', 3],
    ],
  );
  assert.equal(
    graph.node.map(({ name, input, output }) => [name, ...input, '→', ...output]),
    [
      ['conv2d_1/Transpose', 'images', '→', 'conv2d_1/Transpose'],
      ['conv2d_1/Conv', 'conv2d_1/Transpose', 'conv2d_1/kernel', 'conv2d_1/bias', '→', 'conv2d_1/Conv'],
      ['relu_1/Relu', 'conv2d_1/Conv', '→', 'relu_1/Relu'],
      ['flatten_1/Transpose', 'relu_1/Relu', '→', 'flatten_1/Transpose'],
      ['flatten_1/Reshape', 'flatten_1/Transpose', 'sizes/0,60', '→', 'flatten_1/Reshape'],
      ['dense_1/Gemm', 'flatten_1/Reshape', 'dense_1/kernel', 'dense_1/bias', '→', 'logits'],
      ['softmax/Softmax', 'logits', '→', 'probabilities'],
    ],
  );
  const { attribute: attributes } = graph.node[1]!;
  assert.equal(
    attributes!.map(({ name, type, ints }) => [name, type, ints]),
    [
      ['kernel_shape', 'INTS', [3, 3]],
      ['strides', 'INTS', [2, 2]],
      ['pads', 'INTS', [0, 0, 1, 1]],
    ],
  );
  assert.equal(
    graph.initializer.map(({ name, dims }) => [name, ...dims]),
    [
      ['conv2d_1/kernel', 5, 2, 3, 3],
      ['conv2d_1/bias', 5],
      ['sizes/0,60', 2],
      ['dense_1/kernel', 60, 3],
      ['dense_1/bias', 3],
    ],
  );
});

test('the shapes of the results in between are those that a reader works out', () => {
  const { graph } = parseOnnx(encodeOnnx(randomNetwork(example, [8, 6, 2])));
  assert.equal(
    graph.valueInfo!.map((value) => [value.name, ...shapeOf(value)]),
    [
      ['conv2d_1/Transpose', 'N', 2, 8, 6],
      ['conv2d_1/Conv', 'N', 5, 4, 3],
      ['relu_1/Relu', 'N', 5, 4, 3],
      ['flatten_1/Transpose', 'N', 4, 3, 5],
      ['flatten_1/Reshape', 'N', 60],
    ],
  );
});

test('weights that do not fit are refused', () => {
  const trained = randomNetwork(example, [8, 6, 2]);
  const weights = new Map(trained.weights);
  weights.delete('dense_1/bias');
  assert.throws(() => encodeOnnx({ ...trained, weights }), /test: dense_1\/bias \[3\] is missing/);
});

test.run();
