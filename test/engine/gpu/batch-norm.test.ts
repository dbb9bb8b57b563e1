import { test } from 'uvu';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { check, testEachMode } from '../../helpers/gpu.ts';
import { randomTensor } from '../../helpers/random-tensor.ts';

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

/** Random numbers around `center`. */
function around(center: number, shape: readonly number[], name: string): Tensor<'float32'> {
  const tensor = randomTensor('float32', shape, name);
  tensor.values.forEach((value, i) => (tensor.values[i] = value + center));
  return tensor;
}

testEachMode('batchMoments and updateAverage', async (engine) => {
  for (const shape of shapes) {
    const x = around(0.5, shape, 'x');
    const [mean, variance] = ['mean', 'variance'].map((name) => around(1, shape.slice(-1), name));
    await check(engine, `batchMoments ${shape.join('×')}`, {
      inputs: [x, mean!, variance!],
      changed: [mean!, variance!],
      compute(ops) {
        const moments = ops.batchMoments(x);
        ops.updateAverage(mean!, moments.mean, 0.9);
        ops.updateAverage(variance!, moments.variance, 0.75);
        return [moments.mean, moments.variance];
      },
    });
  }
});

testEachMode(
  'batchMoments of numbers around 100: E[x²] − E[x]² in float32 would be wrong in the second digit',
  async (engine) => {
    for (const shape of shapes) {
      const x = around(100, shape, 'x');
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

testEachMode('batchNorm and its backward: statistics of the batch and given ones', async (engine) => {
  for (const shape of shapes) {
    const channels = shape.slice(-1);
    const [x, dy] = [around(0.5, shape, 'x'), around(0.1, shape, 'dy')];
    const [mean, gamma, beta] = ['mean', 'gamma', 'beta'].map((name) => around(0, channels, name));
    const variance = around(1.5, channels, 'variance');
    const [dGamma, dBeta] = ['dGamma', 'dBeta'].map((name) => Tensor.zeros('float32', channels, name));
    await check(engine, `batchNorm ${shape.join('×')}`, {
      inputs: [x, dy, mean!, variance, gamma!, beta!, dGamma!, dBeta!],
      changed: [dGamma!, dBeta!],
      compute(ops) {
        const given = ops.batchNorm({ x, mean: mean!, variance, gamma: gamma!, beta: beta! }, epsilon);
        const batch = ops.batchMoments(x);
        const normalized = ops.batchNorm({ x, ...batch, gamma: gamma!, beta: beta! }, epsilon);
        const out = { dGamma: dGamma!, dBeta: dBeta! };
        ops.batchNormBackwardParameters({ x, dy, ...batch }, epsilon, out);
        const dx = ops.batchNormBackwardInput({ x, dy, ...batch, gamma: gamma!, ...out }, epsilon);
        return [given, normalized, dx];
      },
    });
  }
});

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
