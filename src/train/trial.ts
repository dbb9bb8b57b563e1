import type { Examples } from '../data/idx/idx-folder.ts';
import type { Sequential } from '../layers/sequential.ts';
import { adam } from '../optim/adam.ts';
import type { Engine } from '../engine/engine.ts';
import { Tensor } from '../tensor/tensor.ts';
import { TrainingSteps } from './training-step.ts';

const warmUpSteps = 2;
const timedSteps = 8;

/**
 * Seconds that a training step with Adam takes on an engine. The model is trained on the way: it should be one that is
 * not needed any more.
 */
export async function secondsPerStep(
  engine: Engine,
  model: Sequential,
  examples: Examples,
  batchSize: number,
): Promise<number> {
  const optimizer = adam();
  const lossTotal = Tensor.zeros('float32', [1], 'loss total');
  const steps = new TrainingSteps(
    {
      model,
      examples,
      optimizer,
      l2: 0,
      step: Tensor.zeros('int32', [1], 'step'),
      lossTotal,
      correctTotal: Tensor.zeros('float32', [1], 'correct total'),
    },
    engine,
  );
  const count = examples.labels.size;
  const batch = Int32Array.from({ length: Math.min(batchSize, count) }, (_, i) => i);
  const run = async (first: number, last: number): Promise<number> => {
    const start = performance.now();
    for (let step = first; step <= last; step++) await steps.run(batch, step, optimizer.defaultLearningRate);
    await engine.read(lossTotal); // the device is done only when something comes back
    return (performance.now() - start) / 1000;
  };
  await run(1, warmUpSteps);
  return (await run(warmUpSteps + 1, warmUpSteps + timedSteps)) / timedSteps;
}
