import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sequential } from '../../src/layers/sequential.ts';
import { presets } from '../../src/model/presets.ts';
import { countParameters, summarize } from '../../src/model/summary.ts';

test('mlp: 53,354 parameters, Glorot-uniform kernels, zero biases', () => {
  const specs = presets['mlp']!({ classes: 10, dropout: 0 });
  const model = sequential(specs, { inputShape: [28, 28, 1], seed: 1 });
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
    const model = sequential(presets[name]!({ classes: 10, dropout: 0 }), { inputShape: [28, 28, 1] });
    assert.is(countParameters(model), 356_234, name);
    assert.equal(model.layers.find((layer) => layer.name === 'flatten_1')!.outputShape, [2048]);
    assert.is(
      model.layers.filter((layer) => layer.name.startsWith('dropout')).length,
      name === 'cnn' ? 0 : 4,
    );
  }
});

test('the summary lists layers, shapes with the batch, parameters and their total', () => {
  const text = summarize(
    sequential(presets['mlp']!({ classes: 10, dropout: 0.5 }), { inputShape: [28, 28, 1] }),
  );
  assert.match(text, /flatten_1 +│ \[n, 784\] +│ +0 │/);
  assert.match(text, /dense_1 +│ \[n, 32\] +│ +25,120 │/);
  assert.match(text, /dropout_4/);
  assert.match(text, /total +│ +│ +53,354 │/);
});

test('dense on an image says what is missing', () => {
  const specs = presets['mlp']!({ classes: 10, dropout: 0 }).slice(1);
  assert.throws(
    () => sequential(specs, { inputShape: [28, 28, 1] }),
    /dense_1: input of one example \(put flatten\(\) before dense\): expected 1 dimensions, got \[28, 28, 1\]/,
  );
});

test.run();
