import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Sequential } from '../../src/layers/sequential.ts';
import { buildModel } from '../../src/model/build-model.ts';
import { presets } from '../../src/model/presets.ts';
import { countParameters, countState } from '../../src/model/parameter-count.ts';
import { summarize } from '../../src/model/summary.ts';

const classes = 10;

function build(name: string, dropout = 0): Sequential {
  const layers = presets[name]!({ classes, dropout });
  return buildModel(layers, { source: name, inputShape: [28, 28, 1], classes, seed: 1 });
}

/** SHA-256 of the names and values of all parameters. */
function fingerprint(model: Sequential): string {
  const hash = createHash('sha256');
  for (const { name, value } of model.parameters) hash.update(name).update(value.values);
  return hash.digest('hex');
}

test('mlp: 53,354 parameters, Glorot-uniform kernels, zero biases', () => {
  const model = build('mlp');
  assert.is(countParameters(model), 53_354);
  for (const { name, value } of model.parameters) {
    const [fanIn, fanOut] = value.shape;
    const limit = name.endsWith('kernel') ? Math.sqrt(6 / (fanIn! + fanOut!)) : 0;
    const largest = Math.max(...value.values.map(Math.abs));
    assert.ok(largest <= limit, `${name}: ${largest}`);
    assert.ok(largest >= 0.98 * limit, `${name} fills its range: ${largest} of ${limit}`);
  }
});

test('cnn and cnn-dropout: 356,234 parameters; pooling of 7×7 with same padding gives 4×4, so 2048 features', () => {
  for (const name of ['cnn', 'cnn-dropout']) {
    const model = build(name);
    assert.is(countParameters(model), 356_234, name);
    assert.equal(model.layers.find((layer) => layer.name === 'flatten_1')!.outputShape, [2048]);
    assert.is(
      model.layers.filter((layer) => layer.name.startsWith('dropout')).length,
      name === 'cnn' ? 0 : 4,
    );
  }
});

test('cnn-norm: that of cnn and two numbers for each normalized channel, as many more that are not trained', () => {
  const model = build('cnn-norm', 0.3);
  assert.is(countParameters(model), 356_234 + 2 * (32 + 64 + 128));
  assert.is(countState(model), 2 * (32 + 64 + 128));
});

test('cnn-residual: three blocks, each of two convolutions that are normalized, around a residual connection', () => {
  const model = build('cnn-residual');
  const convolution = (inputs: number, filters: number): number =>
    9 * inputs * filters + filters + 2 * filters;
  const block = (inputs: number, filters: number): number =>
    convolution(inputs, filters) + convolution(filters, filters);
  assert.is(countParameters(model), block(1, 48) + block(48, 96) + block(96, 192) + 192 * 10 + 10);
  assert.is(countState(model), 2 * 2 * (48 + 96 + 192));
  const pooled = model.layers.filter(({ name }) => name.startsWith('max_pool'));
  assert.equal(
    pooled.map(({ outputShape }) => outputShape),
    [
      [14, 14, 48],
      [7, 7, 96],
      [4, 4, 192],
    ],
  );
});

test('mlp-norm: 784-256-128-10 and two numbers for each normalized unit, as many more that are not trained', () => {
  const model = build('mlp-norm', 0.1);
  const weights = 784 * 256 + 256 + (256 * 128 + 128) + (128 * 10 + 10);
  assert.is(countParameters(model), weights + 2 * (256 + 128));
  assert.is(countState(model), 2 * (256 + 128));
  assert.is(model.layers.filter((layer) => layer.name.startsWith('dropout')).length, 2);
});

test('seed 1 gives the initial weights that it has always given, with or without dropout', () => {
  const mlp = 'b2a82c733d31823ec0bd54ae575c8d5d8c9189be11cedd37a51e3526c5882540';
  const cnn = '0c8a470874c580c74e4537264770c83ba7674c662763b7c462a2ed15f7a12014';
  assert.is(fingerprint(build('mlp')), mlp);
  assert.is(fingerprint(build('mlp', 0.2)), mlp);
  assert.is(fingerprint(build('cnn')), cnn);
  assert.is(fingerprint(build('cnn-dropout')), cnn);
});

test('a preset is plain data: through JSON and back it is the same', () => {
  for (const [name, layers] of Object.entries(presets)) {
    const description = layers({ classes, dropout: 0.1 });
    assert.equal(JSON.parse(JSON.stringify(description)), description, name);
  }
});

test('the summary lists layers, shapes with the batch, parameters and their total', () => {
  const text = summarize(build('mlp', 0.5));
  assert.match(text, /flatten_1 +│ \[n, 784\] +│ +0 │/);
  assert.match(text, /dense_1 +│ \[n, 32\] +│ +25,120 │/);
  assert.match(text, /dropout_4/);
  assert.match(text, /total +│ +│ +53,354 │/);
});

test.run();
