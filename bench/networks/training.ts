import { batches as batchesOf, shuffled } from '../../src/data/batches.ts';
import type { ImageDataset } from '../../src/data/dataset.ts';
import { fashionMnist } from '../../src/data/idx/fashion-mnist.ts';
import { adam } from '../../src/optim/adam.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { TrainingInputs } from '../../src/train/training-step.ts';
import { TrainingSteps } from '../../src/train/training-steps.ts';
import { Forward, makeModel } from './forward.ts';
import { orderSeed, type MeasuredNetwork, wholeBatches } from './measured-network.ts';

/** The inputs of a training step at the start of a run. */
export function trainingInputs(name: string, { train, classNames }: ImageDataset): TrainingInputs {
  return {
    model: makeModel(name, train, classNames.length),
    examples: train,
    optimizer: adam(),
    l2: 0,
  };
}

/**
 * Trains a preset with Adam on Fashion-MNIST, from the first step on: shuffle, gather, forward, backward, update, without
 * evaluation.
 */
export async function startTraining(
  { model: name, batchSize }: { readonly model: string; readonly batchSize: number },
  engine: Engine,
  dataset: ImageDataset = fashionMnist(),
): Promise<MeasuredNetwork> {
  const positions = wholeBatches(dataset.train.y.size, batchSize);
  const inputs = trainingInputs(name, dataset);
  const { model, optimizer } = inputs;
  const steps = new TrainingSteps(inputs, engine);
  const forward = await Forward.compile(model, dataset.train, engine, batchSize);
  const stream = endlessBatches(positions, batchSize);
  let step = 0;
  return {
    logits: () => forward.logits(shuffled(positions, orderSeed, 1).subarray(0, batchSize)),
    async run(count) {
      const start = performance.now();
      let images = 0;
      steps.resetTotals();
      for (const last = step + count; step < last;) {
        const batch = stream.next().value as Int32Array;
        step += 1;
        images += batch.length;
        await steps.run(batch, step, optimizer.defaultLearningRate);
      }
      const { lossTotal } = await steps.readTotals();
      return { seconds: (performance.now() - start) / 1000, images, loss: lossTotal / images };
    },
  };
}

/** The batches of one epoch after another, each epoch in a new order. */
export function* endlessBatches(positions: Int32Array, batchSize: number): Generator<Int32Array, void> {
  for (let epoch = 1; ; epoch++) yield* batchesOf(shuffled(positions, orderSeed, epoch), batchSize);
}
