/** The numbers of docs/initialization.md. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { conv2d } from '../../src/layers/conv2d.ts';
import { tensorsOf } from '../../src/layers/make-tensor.ts';
import { dense } from '../../src/layers/dense.ts';
import { glorotUniform, heNormal, type Initializer } from '../../src/layers/initializers.ts';
import type { Layer } from '../../src/layers/layer.ts';
import { relu } from '../../src/layers/relu.ts';
import { RandomStream } from '../../src/tensor/random.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { documentTable } from '../helpers/document-table.ts';

/** Units of each layer, and examples in the batch. */
const [units, batch, depth] = [128, 256, 8] as const;

function normal(name: string): Tensor {
  const tensor = Tensor.zeros('float64', [batch, units], name);
  const random = new RandomStream(1, name);
  for (let i = 0; i < tensor.size; i++) tensor.values[i] = random.normal(i);
  return tensor;
}

function meanSquare({ values, size }: Tensor): number {
  let sum = 0;
  for (const value of values) sum += value ** 2;
  return sum / size;
}

const small: Initializer = (values, _fanIn, _fanOut, random) => {
  for (let i = 0; i < values.length; i++) values[i] = 0.05 * random.normal(i);
};

/** Mean squares of z and of dz, layer by layer, for normal inputs and a normal gradient of the last z. */
function measure(initializer: Initializer): { forward: number[]; backward: number[] } {
  const ops = new EagerOps();
  const made = (type: string, layer: number) => ({
    name: `${type}_${layer}`,
    inputShape: [units],
    seed: 1,
    dtype: 'float64' as const,
    tensor: tensorsOf('float64'),
  });
  const pairs = Array.from({ length: depth }, (_, index): [Layer, Layer] => [
    dense(units, { initializer }).build(made('dense', index + 1)),
    relu().build(made('relu', index + 1)),
  ]);
  const mode = { training: false } as const;
  const forward: number[] = [];
  let x = normal('x');
  for (const [product, activation] of pairs) {
    const z = product.forward(ops, x, mode);
    forward.push(meanSquare(z));
    x = activation.forward(ops, z, mode);
  }
  const backward: number[] = [];
  let dz = normal('dz');
  for (const [index, [product]] of [...pairs.entries()].toReversed()) {
    backward.unshift(meanSquare(dz));
    if (index > 0) dz = pairs[index - 1]![1].backward(ops, product.backward(ops, dz));
  }
  return { forward, backward };
}

test('the mean squares by layer, forward and backward', () => {
  const measured = [small, glorotUniform, heNormal].map(measure);
  const rows = documentTable('docs/initialization.md', 'Measured');
  assert.equal(
    rows.map(([layer]) => layer),
    ['1', '2', '4', '8'],
  );
  for (const [layer, ...cells] of rows) {
    const index = Number(layer) - 1;
    const figures = measured.flatMap(({ forward, backward }) => [forward[index]!, backward[index]!]);
    assert.equal(
      cells,
      figures.map((figure) => figure.toPrecision(2)),
    );
  }
});

test('the laws behind the table: a factor of ½ a layer for Glorot, 1 for He', () => {
  for (const [initializer, factor] of [
    [glorotUniform, 0.5],
    [heNormal, 1],
  ] as const) {
    const { forward, backward } = measure(initializer);
    // the geometric mean of the factors of seven layers; each scatters by about a tenth
    const perLayer = (figures: number[]): number => (figures.at(-1)! / figures[0]!) ** (1 / (depth - 1));
    assert.ok(Math.abs(perLayer(forward) / factor - 1) < 0.12, `forward ${perLayer(forward)}`);
    assert.ok(Math.abs(perLayer(backward.toReversed()) / factor - 1) < 0.12);
  }
});

test('the limits of layers of the networks', () => {
  const rows = documentTable('docs/initialization.md', 'In numbers');
  const context = {
    name: 'layer',
    seed: 1,
    dtype: 'float32' as const,
    tensor: tensorsOf('float32'),
  } as const;
  const layers = [
    dense(32).build({ ...context, inputShape: [784] }),
    dense(10).build({ ...context, inputShape: [128] }),
    conv2d(32, { padding: 'same' }).build({ ...context, inputShape: [28, 28, 1] }),
    conv2d(64, { padding: 'same' }).build({ ...context, inputShape: [14, 14, 32] }),
  ];
  assert.is(rows.length, layers.length);
  for (const [index, [, fanIn, fanOut, limit]] of rows.entries()) {
    const expected = Math.sqrt(6 / (Number(fanIn!.split('= ').at(-1)) + Number(fanOut!.split('= ').at(-1))));
    assert.is(limit, expected.toFixed(4));
    const largest = Math.max(...Array.from(layers[index]!.parameters[0]!.value.values, Math.abs));
    // some hundred uniform numbers at least: the largest is close to the limit and never above it
    assert.ok(largest <= expected * (1 + 1e-6) && largest > 0.97 * expected, `${largest} of ${expected}`);
  }
});

test.run();
