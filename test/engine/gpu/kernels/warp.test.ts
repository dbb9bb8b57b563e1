import { test } from 'uvu';
import type { GpuEngine } from '../../../../src/engine/gpu/gpu-engine.ts';
import type { Shape } from '../../../../src/tensor/shape.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { fills, type Transform } from '../../../../src/tensor/warp.ts';
import { RandomStream } from '../../../../src/tensor/random.ts';
import { check, testEachMode } from '../../../helpers/gpu.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';

/** Each image of the batch by a transform of its own, over and over, with either fill. */
async function checkWarp(engine: GpuEngine, shape: Shape, transforms: readonly Transform[]): Promise<void> {
  const images = randomTensor('float32', shape, 'images');
  const rows = Array.from({ length: shape[0]! }, (_, image) => transforms[image % transforms.length]!);
  const table = Tensor.from('float32', [shape[0]!, 10], Float32Array.from(rows.flat()), 'transforms');
  for (const fill of fills) {
    await check(engine, `warpImages ${fill} ${shape.join('×')}: ${transforms.join(' | ')}`, {
      inputs: [images, table],
      compute: (ops) => [ops.warpImages(images, table, fill)],
      exact: 'cpu',
    });
  }
}

/** Images [n, h, w, c]: one pixel, one row, one column, one and several channels. */
const shapes = [
  [1, 1, 1, 1],
  [1, 1, 5, 1],
  [2, 7, 1, 3],
  [3, 4, 3, 1],
  [4, 5, 7, 3],
  [1, 6, 4, 5],
] as const;

testEachMode('moved by whole pixels, by a few, by all and by far too much, and mirrored', async (engine) => {
  for (const shape of shapes) {
    for (const x1 of [0, 1, -2, 5, 1e30]) {
      for (const xx of [1, -1]) await checkWarp(engine, shape, [[xx, 0, x1, 0, 1, -1, 0, 0, 0, 0]]);
    }
  }
});

testEachMode('less than the precision of a pixel outside of the image', async (engine) => {
  for (const shape of shapes) await checkWarp(engine, shape, [[1, 0, -4e-8, 0, 1, -4e-8, 0, 0, 0, 0]]);
});

testEachMode(
  'turned, stretched, moved by parts of a pixel, with a rectangle erased; each image in its own way',
  async (engine) => {
    const random = new RandomStream(3, 'transforms');
    let next = 0;
    const between = (low: number, high: number): number => low + (high - low) * random.uniform(next++);
    for (const shape of shapes) {
      for (let repeat = 0; repeat < 5; repeat++) {
        const transforms = Array.from({ length: 3 }, () => {
          const [xx, xy, yx, yy] = [between(-2, 2), between(-2, 2), between(-2, 2), between(-2, 2)];
          // edges on pixels and between them
          const edge = repeat < 3 ? Math.floor : Math.fround;
          const [top, left] = [edge(between(-1, 3)), edge(between(-1, 3))];
          const [bottom, right] = [top + edge(between(0, 4)), left + edge(between(0, 4))];
          return [xx, xy, between(-5, 5), yx, yy, between(-5, 5), top, left, bottom, right] as Transform;
        });
        await checkWarp(engine, shape, transforms);
      }
    }
  },
);

test.run();
