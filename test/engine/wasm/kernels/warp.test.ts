import fc from 'fast-check';
import { test } from 'uvu';
import { Recorder } from '../../../../src/tensor/recorder.ts';
import { EagerOps } from '../../../../src/tensor/reference/eager.ts';
import type { Shape } from '../../../../src/tensor/shape.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { planProgram } from '../../../../src/engine/wasm/plan/plan.ts';
import { type Fill, fills, type Transform } from '../../../../src/tensor/warp.ts';
import { assertSameBits } from '../../../helpers/close.ts';
import { guardedRun } from '../../../helpers/guarded-run.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';

/** Generated code and the reference give the same bits, on 1 and 3 threads, and nothing else is written to. */
function check(shape: Shape, transforms: readonly Transform[]): void {
  for (const fill of fills) checkWith(fill, shape, transforms);
}

function checkWith(fill: Fill, shape: Shape, transforms: readonly Transform[]): void {
  const images = randomTensor('float32', shape, 'images');
  const rows = Tensor.from(
    'float32',
    [shape[0]!, 10],
    Float32Array.from({ length: 10 * shape[0]! }, (_, i) => transforms.flat()[i % (10 * transforms.length)]!),
    'transforms',
  );
  const expected = new EagerOps().warpImages(images, rows, fill).values;
  for (const threads of [1, 3]) {
    const recorder = new Recorder();
    const y = recorder.warpImages(images, rows, fill);
    const plan = planProgram(recorder.finish('warp', [y]), { fma: true, wide: true }, threads);
    const inputs = new Map([images, rows].map(({ storage, values }) => [storage, values]));
    const actual = guardedRun(plan, threads, inputs).get(y.storage)!;
    // 0 and −0 are the same pixel
    const unsigned = (values: ArrayLike<number>): number[] => Array.from(values, (value) => value + 0);
    const label = `${fill}, ${shape.join('×')}, ${threads} threads, ${transforms.join(' | ')}`;
    assertSameBits(unsigned(actual), unsigned(expected), label);
  }
}

/** Images [n, h, w, c]: widths around a vector of 4, one pixel, one row, channels around 4. */
const shapes = [
  [1, 1, 1, 1],
  [1, 1, 5, 1],
  [2, 7, 1, 1],
  [3, 4, 3, 1],
  [5, 6, 11, 1],
  [4, 9, 8, 1],
  [2, 28, 28, 1],
  [4, 5, 7, 3],
  [1, 6, 4, 4],
  [3, 3, 5, 6],
] as const;

const moves = [0, 1, -2, 3, 5, -7, 40, -40, 1e30];

test('mirrored and moved by whole pixels: by a few, by all, by far too much', () => {
  for (const shape of shapes) {
    for (const xx of [1, -1]) {
      for (const x1 of moves) {
        for (const y1 of [0, -1, 2, 50]) check(shape, [[xx, 0, x1, 0, 1, y1, 0, 0, 0, 0]]);
      }
    }
  }
});

test('one number away from such a move, pixels are interpolated', () => {
  for (const index of [0, 1, 2, 3, 4, 5]) {
    const transform: Transform = [1, 0, 1, 0, 1, -1, 0, 0, 0, 0];
    transform[index]! += 0.25;
    for (const shape of shapes) check(shape, [transform]);
  }
});

test('turned, stretched, moved by parts of a pixel; each image in its own way', () => {
  const coefficient = fc.double({ min: -2, max: 2, noNaN: true });
  const move = fc.oneof(fc.double({ min: -9, max: 9, noNaN: true }), fc.integer({ min: -9, max: 9 }));
  const edge = fc.oneof(fc.integer({ min: -3, max: 30 }), fc.double({ min: -3, max: 12, noNaN: true }));
  const turned = fc.tuple(coefficient, coefficient, move, coefficient, coefficient, move);
  const straight = fc.tuple(
    fc.constantFrom(1, -1),
    fc.constantFrom(0, -0),
    move,
    fc.constantFrom(0, -0),
    fc.constant(1),
    move,
  );
  const transform = fc
    .tuple(fc.oneof(turned, straight), fc.tuple(edge, edge, edge, edge))
    .map((parts) => parts.flat() as Transform);
  const cases = fc.tuple(fc.constantFrom(...shapes), fc.array(transform, { minLength: 5, maxLength: 5 }));
  fc.assert(
    fc.property(cases, ([shape, transforms]) => check(shape, transforms)),
    { seed: 5, numRuns: 150 },
  );
});

test.run();
