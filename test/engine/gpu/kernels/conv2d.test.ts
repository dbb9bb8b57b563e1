import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Launch } from '../../../../src/engine/gpu/kernels/kernel.ts';
import { conv2dBackwardFilter } from '../../../../src/engine/gpu/kernels/conv2d.ts';
import { EagerOps } from '../../../../src/tensor/reference/eager.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { check, testEachGlMode } from '../../../helpers/gpu.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';

testEachGlMode('the gradient of a filter as a sum of parts, with a short one at the end', async (engine) => {
  for (const [image, stride] of [
    [
      [5, 31, 29, 3],
      [1, 1],
    ],
    [
      [7, 23, 40, 1],
      [2, 1],
    ],
    [
      [1, 60, 27, 2],
      [1, 2],
    ],
  ] as const) {
    const x = randomTensor('float32', image, 'x');
    const options = { stride, padding: 'same' } as const;
    const dFilter = Tensor.zeros('float32', [3, 2, image[3], 5], 'dFilter');
    const dy = randomTensor('float32', new EagerOps().conv2d(x, dFilter, options).shape, 'dy');
    await check(engine, `filter gradient ${image.join('×')}`, {
      inputs: [x, dy, dFilter],
      changed: [dFilter],
      compute(ops) {
        ops.conv2dBackwardFilter(x, dy, { ...options, out: dFilter });
        return [];
      },
    });
  }
});

/** The launches of a gradient, for sizes that are too large to run here. */
function filterGradient(n: number, h: number, w: number, channels: number, units: number): readonly Launch[] {
  const tensor = (shape: readonly number[]): Tensor => {
    const [length, name] = [shape.reduce((a, b) => a * b), 'tensor'];
    return new Tensor(
      shape,
      { dtype: 'float32', length, bytes: 4 * length, persistent: false, values: null },
      name,
    );
  };
  const window = { strideY: 1, strideX: 1, padTop: 1, padLeft: 1 };
  return conv2dBackwardFilter({
    kind: 'conv2dBackwardFilter',
    inputs: { x: tensor([n, h, w, channels]), dy: tensor([n, h, w, units]) },
    outputs: { dFilter: tensor([3, 3, channels, units]) },
    constants: window,
  });
}

test('no thread adds up more than 65,535 terms, and parts of large filters are few', () => {
  for (const [n, h, w, channels, units] of [
    [128, 28, 28, 32, 64],
    [512, 28, 28, 1, 1],
    [64, 7, 7, 512, 512],
    [1, 200_000, 1, 3, 4],
    [1000, 1, 3000, 900, 1000],
  ] as const) {
    const launches = filterGradient(n, h, w, channels, units);
    const what = launches[0]!.kernel.name;
    const { rowsPerPart, filterSize } = launches[0]!.kernel.constants as Record<string, number>;
    const count = launches[0]!.output.length / filterSize!;
    assert.ok(rowsPerPart! * (w + 1) <= 65_535, what);
    assert.ok(count * rowsPerPart! >= n * h && (count - 1) * rowsPerPart! < n * h, what);
    assert.ok(count === 1 || count * filterSize! <= 2 ** 22 || rowsPerPart! * w > 8000, what);
    assert.is(launches.length, count === 1 ? 1 : 2, what);
    assert.ok(
      rowsPerPart! * w <= 512 + w || (count + 1) * filterSize! > 2 ** 22,
      `${what}: more parts would fit`,
    );
  }
});

test.run();
