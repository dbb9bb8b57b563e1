import { test } from 'uvu';
import { RandomStream } from '../../../../src/tensor/random.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { check, testEachMode } from '../../../helpers/gpu.ts';

const cases = [
  { rate: 0.37, seed: 12, stream: -5, step: 41 },
  { rate: 0.5, seed: -1, stream: 0x7fff_ffff, step: 0 },
  { rate: 0.9, seed: 0x7fff_ffff, stream: -0x8000_0000, step: 70_000 },
  { rate: 0, seed: 3, stream: 0, step: 2 },
] as const;

testEachMode('dropoutMask: the same elements as the reference, to the bit', async (engine) => {
  for (const { step, ...constants } of cases) {
    for (const shape of [[1], [3, 5], [2, 9, 7, 3], [400, 512]]) {
      const steps = Tensor.from('int32', [1], Int32Array.of(step), 'step');
      await check(engine, `dropoutMask [${shape.join(', ')}] at rate ${constants.rate}`, {
        inputs: [steps],
        compute: (ops) => [ops.dropoutMask('float32', shape, steps, constants)],
        exact: 'everywhere',
      });
    }
  }
});

testEachMode('an element is dropped if its number is below the rate, by the last bit', async (engine) => {
  const [seed, stream, step] = [5, 6, 7];
  const random = new RandomStream(seed, stream, step);
  const steps = Tensor.from('int32', [1], Int32Array.of(step), 'step');
  for (const element of [0, 1, 2, 3, 4, 5]) {
    for (const above of [0, 2 ** -25, 2 ** -24]) {
      const rate = random.uniform(element) + above;
      await check(engine, `dropoutMask at rate ${rate}`, {
        inputs: [steps],
        compute: (ops) => [ops.dropoutMask('float32', [6], steps, { rate, seed, stream })],
        exact: 'everywhere',
      });
    }
  }
});

test.run();
