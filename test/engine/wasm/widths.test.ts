/** Vectors of 128 bits, which pages have, and of 256: other tiles, but each sum in the same order. */
import { test } from 'uvu';
import { WasmEngine } from '../../../src/engine/wasm/engine.ts';
import type { LayerDescription } from '../../../src/layers/layer.ts';
import { buildModel } from '../../../src/model/build-model.ts';
import { readWeights } from '../../../src/model/weights.ts';
import { adam } from '../../../src/optim/adam.ts';
import { TrainingSteps } from '../../../src/train/training-steps.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { assertSameBits } from '../../helpers/close.ts';
import { randomTensor } from '../../helpers/random-tensor.ts';

const count = 21;
const labels = Tensor.from(
  'uint8',
  [count],
  Uint8Array.from({ length: count }, (_, i) => i % 3),
  'y',
);

/** The weights after three steps: the first alone would see no biases. */
async function weights(
  layers: LayerDescription[],
  inputShape: readonly number[],
  revectorize: boolean,
): Promise<number[]> {
  const engine = await WasmEngine.start({ threads: 1, revectorize });
  const model = buildModel(layers, { source: 'test', inputShape, classes: 3, seed: 1 });
  const examples = { x: randomTensor('float32', [count, ...inputShape], 'x'), y: labels };
  const steps = new TrainingSteps({ model, examples, optimizer: adam(), l2: 0 }, engine);
  for (const step of [1, 2, 3]) {
    await steps.run(
      Int32Array.from({ length: 13 }, (_, i) => (step + i) % count),
      step,
      0.01,
    );
  }
  const found = [...(await readWeights(model, engine)).values()].flatMap(({ values }) => [...values]);
  await engine.close();
  return found;
}

for (const filters of [3, 4, 8, 12, 16, 24]) {
  for (const [name, between] of [
    ['with a pool', [{ type: 'relu' }, { type: 'max_pool2d', padding: 'same' }]],
    ['normalized', [{ type: 'batch_norm' }, { type: 'relu' }]],
  ] as const) {
    test(`${filters} filters, ${name}: the same weights with 128 and 256 bits`, async () => {
      for (const [kernelSize, ...inputShape] of [
        [1, 10, 9, 4],
        [3, 11, 14, 1],
      ] as const) {
        const layers = [
          { type: 'conv2d', filters, kernelSize, padding: 'same' },
          ...between,
          { type: 'conv2d', filters, padding: 'same' },
          { type: 'relu' },
          { type: 'flatten' },
          { type: 'dense', units: 11 },
          { type: 'relu' },
          { type: 'dense', units: 3 },
        ];
        const [narrow, wide] = [
          await weights(layers, inputShape, false),
          await weights(layers, inputShape, true),
        ];
        assertSameBits(wide, narrow, `${kernelSize}×${kernelSize} on ${inputShape.join('×')}`);
      }
    });
  }
}

test.run();
