import { batches as batchesOf, shuffled } from '../src/data/batches.ts';
import type { Dataset } from '../src/data/dataset.ts';
import { fashionMnist } from '../src/data/fashion-mnist.ts';
import { adam } from '../src/optim/adam.ts';
import type { Engine } from '../src/tensor/engine.ts';
import { Tensor } from '../src/tensor/tensor.ts';
import { type TrainingInputs, TrainingSteps } from '../src/train/training-step.ts';
import { Forward, makeModel } from './forward.ts';
import { type Speed, whole } from './race.ts';
import { imageOrder, type RaceArguments, raceModel, type Runner, wholeBatches } from './race-model.ts';

/** Selects the order of the images, epoch by epoch. */
const seed = 1;

/**
 * Times training steps on real images: shuffle, gather, forward, backward and Adam, without evaluation. With
 * `pytorch`, PyTorch trains the same network in turn.
 */
export async function benchStep(args: RaceArguments): Promise<void> {
  const dataset = fashionMnist();
  const epochImages = dataset.train.labels.size;
  const positions = wholeBatches(epochImages, args.batchSize);
  const { weft, pytorch, batches } = await raceModel(args, {
    task: 'train',
    order: imageOrder(dataset.train, args.batchSize),
    start: (engine) => startTraining(args, engine, dataset),
  });
  const seconds = (speeds: readonly Speed[]): string =>
    speeds
      .map(({ threads, imagesPerSecond }) => {
        const time = (epochImages / imagesPerSecond.median).toFixed(2);
        return `${time} s on ${threads} thread${threads === 1 ? '' : 's'}`;
      })
      .join(', ');
  const isWhole = batches * args.batchSize >= positions.length;
  console.log(
    `an epoch of ${whole(epochImages)} images${isWhole ? '' : `, extrapolated from blocks of ${batches} steps`}: ` +
      `weft ${seconds(weft)}${pytorch.length > 0 ? `; PyTorch ${seconds(pytorch)}` : ''}`,
  );
}

/** Everything that a training step reads, at the start of a run. */
export function trainingInputs(name: string, { train, classNames }: Dataset): TrainingInputs {
  return {
    model: makeModel(name, train, classNames.length),
    examples: train,
    optimizer: adam(),
    l2: 0,
    step: Tensor.zeros('int32', [1], 'step'),
    lossTotal: Tensor.zeros('float32', [1], 'loss total'),
    correctTotal: Tensor.zeros('float32', [1], 'correct total'),
  };
}

/** Training of a preset with Adam on Fashion-MNIST, from the first step on. */
export async function startTraining(
  { model: name, batchSize }: Pick<RaceArguments, 'model' | 'batchSize'>,
  engine: Engine,
  dataset: Dataset = fashionMnist(),
): Promise<Runner> {
  const positions = wholeBatches(dataset.train.labels.size, batchSize);
  const inputs = trainingInputs(name, dataset);
  const { model, optimizer, lossTotal } = inputs;
  const steps = new TrainingSteps(inputs, engine);
  const forward = await Forward.compile(model, dataset.train, engine, batchSize);
  const stream = endlessBatches(positions, batchSize);
  let step = 0;
  return {
    engine,
    model,
    logits: () => forward.logits(shuffled(positions, seed, 1).subarray(0, batchSize)),
    async run(count) {
      const start = performance.now();
      let images = 0;
      engine.write(lossTotal, [0]);
      for (const last = step + count; step < last;) {
        const batch = stream.next().value as Int32Array;
        step += 1;
        images += batch.length;
        await steps.run(batch, step, optimizer.defaultLearningRate);
      }
      const [total] = await engine.read(lossTotal);
      return { seconds: (performance.now() - start) / 1000, images, loss: total! / images };
    },
  };
}

/** Epoch after epoch, each in an order of its own. */
function* endlessBatches(positions: Int32Array, batchSize: number): Generator<Int32Array> {
  for (let epoch = 1; ; epoch++) yield* batchesOf(shuffled(positions, seed, epoch), batchSize);
}
