/** Small networks that train for some steps, on every engine, in Node and in a page. */
import { averagePool2d, globalAveragePool } from '../../src/layers/average-pool.ts';
import { batchNorm } from '../../src/layers/batch-norm.ts';
import { conv2d } from '../../src/layers/conv2d.ts';
import { dense } from '../../src/layers/dense.ts';
import { dropout } from '../../src/layers/dropout.ts';
import { flatten } from '../../src/layers/flatten.ts';
import { leakyRelu } from '../../src/layers/leaky-relu.ts';
import { maxPool2d } from '../../src/layers/max-pool.ts';
import { relu } from '../../src/layers/relu.ts';
import { residual } from '../../src/layers/residual.ts';
import { sequential } from '../../src/layers/sequential.ts';
import { adam } from '../../src/optim/adam.ts';
import { sgd } from '../../src/optim/sgd.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { RandomStream } from '../../src/tensor/random.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { Evaluator } from '../../src/train/evaluator.ts';
import { TrainingSteps } from '../../src/train/training-steps.ts';

/**
 * `dense` (with Adam); `cnn` is built like the preset, with enough channels for Winograd; `images` (with SGD)
 * has every kind of layer that works on images.
 */
export type SmallNetwork = 'dense' | 'cnn' | 'images';

export interface SmallTraining {
  readonly losses: number[];
  /** Weights and state, one after the other, in the order of the model. */
  readonly tensors: readonly Float32Array[];
  /** The loss of an evaluation at the end. */
  readonly evaluation: number;
}

const count = 200;
const pixels = 9 * 11;
const batch = 37; // not a multiple of a tile or a vector
const random = new RandomStream(6, 'data');
const images = Uint8Array.from({ length: count * pixels }, (_, i) => {
  const label = Math.floor(i / pixels) % 10; // brighter from class to class
  return Math.floor(random.uniform(i) * 40) + 23 * label;
});
const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
const examples = {
  x: Tensor.from('uint8', [count, 9, 11, 1], images, 'images'),
  y: Tensor.from('uint8', [count], labels, 'labels'),
};
const same = { kernelSize: 3, padding: 'same' } as const;
/** A new optimizer for each training, because an optimizer has state. */
const networks = {
  dense: () => ({
    layers: [flatten(), dense(33), relu(), dropout(0.2), dense(18), relu(), dense(10)],
    optimizer: adam(),
    learningRate: 0.003,
  }),
  cnn: () => ({
    layers: [
      ...[16, 32].flatMap((filters) => [conv2d(filters, same), relu(), maxPool2d({ padding: 'same' })]),
      conv2d(16, same),
      flatten(),
      dense(13),
      relu(),
      dense(10),
    ],
    optimizer: adam(),
    learningRate: 0.003,
  }),
  images: () => ({
    layers: [
      conv2d(6, same),
      batchNorm(),
      leakyRelu({ negativeSlope: 0.1 }),
      residual([conv2d(6, same), batchNorm(), relu()]),
      averagePool2d({ padding: 'same' }),
      residual([conv2d(18, { ...same, stride: 2 }), batchNorm()], [conv2d(18, { kernelSize: 1, stride: 2 })]),
      maxPool2d({ poolSize: [1, 2] }),
      dropout(0.2),
      globalAveragePool(),
      dense(13),
      batchNorm(),
      relu(),
      dense(10),
    ],
    // a bias before batch normalization has the gradient 0 except for rounding, which Adam would enlarge
    optimizer: sgd({ momentum: 0.9 }),
    learningRate: 0.05,
  }),
};

export async function trainSmall(
  engine: Engine,
  network: SmallNetwork,
  steps: number,
): Promise<SmallTraining> {
  const { layers, optimizer, learningRate } = networks[network]();
  const model = sequential(layers, { inputShape: [9, 11, 1], seed: 4 });
  const training = new TrainingSteps({ model, examples, optimizer, l2: 1e-4 }, engine);
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) {
    training.resetTotals();
    const indices = Int32Array.from({ length: batch }, (_, i) => (step * 53 + i * 7) % count);
    await training.run(indices, step, learningRate);
    losses.push((await training.readTotals()).lossTotal / batch);
  }
  const tensors: Float32Array[] = [];
  for (const tensor of [...model.parameters.map(({ value }) => value), ...model.state]) {
    tensors.push((await engine.read(tensor)) as Float32Array);
  }
  const everything = Int32Array.from({ length: count }, (_, i) => i);
  const evaluation = await new Evaluator(model, examples, engine).evaluate(everything);
  return { losses, tensors, evaluation: evaluation.loss };
}
