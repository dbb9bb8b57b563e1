import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { conv2d } from '../../src/layers/conv2d.ts';
import { dense } from '../../src/layers/dense.ts';
import { flatten } from '../../src/layers/flatten.ts';
import { heNormal } from '../../src/layers/initializers.ts';
import type { LayerDescription } from '../../src/layers/layer.ts';
import { residual } from '../../src/layers/residual.ts';
import { sequential } from '../../src/layers/sequential.ts';
import { readLayerList } from '../../src/model/layer-list.ts';
import { layerTypes } from '../../src/model/layer-types.ts';
import { decodeModelJson, encodeModelJson } from '../../src/model/model-json.ts';
import { layerCases } from '../helpers/layer-cases.ts';

test('a network written in code goes through a model file: the same layers with the same weights', () => {
  for (const [spec, inputShape] of layerCases) {
    const made = sequential([spec], { inputShape, seed: 3 });
    const text = encodeModelJson(made, 'one layer');
    const again = sequential(readLayerList(decodeModelJson(text, 'net'), 'net'), { inputShape, seed: 3 });
    assert.equal(again.describe(), made.describe());
    assert.equal(again.outputShape, made.outputShape, text);
    assert.equal(
      again.parameters.map(({ name, value }) => [name, value.values]),
      made.parameters.map(({ name, value }) => [name, value.values]),
    );
  }
});

test('the cases have layers of every type, with every option', () => {
  const everyLayer = (layer: LayerDescription): LayerDescription[] => [
    layer,
    ...['body', 'shortcut'].flatMap((list) =>
      ((layer[list] ?? []) as LayerDescription[]).flatMap(everyLayer),
    ),
  ];
  const layers = layerCases.flatMap(([spec]) => everyLayer(spec.describe()));
  for (const { type, options } of layerTypes) {
    const given = layers.filter((layer) => layer.type === type);
    assert.ok(given.length > 0, type);
    assert.equal(
      Object.keys(options).filter((name) => given.every((layer) => !(name in layer))),
      [],
      `${type}: options without a case`,
    );
  }
});

test('a description has the options that were given, and no others', () => {
  const specs = [
    residual([conv2d(4, { kernelSize: [2, 1], padding: 'same', initializer: heNormal })], []),
    flatten(),
    dense(3),
  ];
  const body = [{ type: 'conv2d', filters: 4, kernelSize: [2, 1], padding: 'same', initializer: 'heNormal' }];
  assert.equal(
    specs.map((spec) => spec.describe()),
    [{ type: 'residual', body, shortcut: [] }, { type: 'flatten' }, { type: 'dense', units: 3 }],
  );
});

test('an initializer of one’s own builds, and is refused where it would have to become data', () => {
  const model = sequential([dense(2, { initializer: (values) => values.fill(0.5) })], { inputShape: [3] });
  assert.equal(
    [...model.parameters[0]!.value.values],
    Array.from({ length: 6 }, () => 0.5),
  );
  assert.throws(
    () => encodeModelJson(model),
    (error: unknown) =>
      error instanceof RangeError &&
      error.message ===
        'dense: initializer is a function of your own, a model file can only say glorotUniform or heNormal',
  );
});

test.run();
