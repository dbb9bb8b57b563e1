import { test } from 'uvu';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { check, testEachMode } from '../../../helpers/gpu.ts';
import { around } from '../../../helpers/operation-cases/case.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';

/** Arrays with and without image dimensions, one image, one channel, as many images as channels. */
const shapes = [
  [2, 1],
  [13, 5],
  [1, 3, 4, 4],
  [5, 3, 2, 7],
  [12, 2, 3, 12],
  [3, 6, 8],
] as const;
const epsilon = 1e-3;

testEachMode(
  'batchMoments of numbers around 100: E[x²] − E[x]² in float32 would be wrong in the second digit',
  async (engine) => {
    for (const shape of shapes) {
      const x = around(100, 'float32', shape, 'x');
      await check(engine, `batchMoments around 100 ${shape.join('×')}`, {
        inputs: [x],
        relativeToLargest: 2e-5,
        compute(ops) {
          const { mean, variance } = ops.batchMoments(x);
          return [mean, variance];
        },
      });
    }
  },
);

testEachMode('sums of so many pixels that the sums of parts are in parts, too', async (engine) => {
  const shape = [2, 150, 250, 1];
  // whole numbers, whose sums are exact in any order, and a mean of 0: −2, −1, 0, 1 and 2, all as often
  const [x, dy] = [randomTensor('float32', shape, 'x'), randomTensor('float32', shape, 'dy')];
  for (let i = 0; i < x.size; i++) {
    x.values[i] = ((i * 7) % 5) - 2;
    dy.values[i] = Math.floor(dy.values[i]! * 4);
  }
  const [dGamma, dBeta] = ['dGamma', 'dBeta'].map((name) => Tensor.zeros('float32', [1], name));
  await check(engine, 'long sums', {
    inputs: [x, dy, dGamma!, dBeta!],
    changed: [dGamma!, dBeta!],
    compute(ops) {
      const batch = ops.batchMoments(x);
      ops.batchNormBackwardParameters({ x, dy, ...batch }, epsilon, { dGamma: dGamma!, dBeta: dBeta! });
      return [batch.mean, batch.variance];
    },
  });
});

test.run();
