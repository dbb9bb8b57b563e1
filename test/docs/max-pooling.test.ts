/** The numbers of docs/max-pooling.md. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { maxPool2d } from '../../src/layers/max-pool.ts';
import { tensorsOf } from '../../src/layers/make-tensor.ts';
import { relu } from '../../src/layers/relu.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { windowGeometry } from '../../src/tensor/window.ts';
import { documentTable } from '../helpers/document-table.ts';

const mode = { training: false } as const;

/** The numbers of a row of cells; `−` is a minus. */
function numbers(cells: readonly string[]): number[] {
  return cells.map((cell) => Number(cell.replaceAll('−', '-')));
}

/** A layer on one image [height, width, 1]. */
function build(spec: ReturnType<typeof relu>, height: number, width: number) {
  return spec.build({
    name: 'layer',
    inputShape: [height, width, 1],
    seed: 1,
    dtype: 'float64',
    tensor: tensorsOf('float64'),
  });
}

function image(height: number, width: number, values: readonly number[]): Tensor {
  return Tensor.from('float64', [1, height, width, 1], Float64Array.from(values), 'image');
}

test('the worked example: 3×3 pixels, windows of 2×2, padding same', () => {
  const [x, y, dy, dx] = documentTable('docs/max-pooling.md', 'A worked example').map(([, ...cells]) =>
    cells.flatMap((cell) => numbers(cell.split(' ').filter((word) => word !== ''))),
  );
  const ops = new EagerOps();
  const layer = build(maxPool2d({ padding: 'same' }), 3, 3);
  assert.equal([...layer.forward(ops, image(3, 3, x!), mode).values], y);
  assert.equal([...layer.backward(ops, image(2, 2, dy!)).values], dx);
  assert.is(x!.length, 9);
});

test('sizes with padding same, windows of 2 by steps of 2', () => {
  const rows = documentTable('docs/max-pooling.md', "Odd sizes: padding 'same'").map(numbers);
  assert.is(rows.length, 4);
  for (const [size, output, padding] of rows) {
    const { outputHeight, padTop } = windowGeometry([size!, size!], [2, 2], [2, 2], 'same', 'pool');
    assert.is(outputHeight, output);
    assert.is(padTop, 0);
    assert.is((output! - 1) * 2 + 2 - size!, padding);
  }
});

test('ReLU and pooling change places: the same results and the same gradients, ties and negative windows too', () => {
  // every image of 2×2 pixels with values from −1, 0, 1, 2: one window each
  for (let index = 0; index < 4 ** 4; index++) {
    const x = [0, 1, 2, 3].map((place) => (Math.floor(index / 4 ** place) % 4) - 1);
    const run = (reluFirst: boolean) => {
      const ops = new EagerOps();
      const small = reluFirst ? [2, 2] : [1, 1];
      const [pool, activation] = [build(maxPool2d(), 2, 2), build(relu(), small[0]!, small[1]!)];
      const order = reluFirst ? [activation, pool] : [pool, activation];
      const y = order.reduce((value, layer) => layer.forward(ops, value, mode), image(2, 2, x));
      const dx = order.reduceRight((value, layer) => layer.backward(ops, value), image(1, 1, [5]));
      return { y: [...y.values], dx: [...dx.values] };
    };
    assert.equal(run(false), run(true), x.join(' '));
  }
});

test.run();
