import type { Examples } from '../data/examples.ts';
import type { Engine } from '../engine/engine.ts';
import type { Sequential } from '../layers/sequential.ts';
import { adam } from '../optim/adam.ts';
import { now } from '../clock.ts';
import { TrainingSteps } from './training-steps.ts';

const warmUpSteps = 2;
const timedSteps = 8;

/**
 * Seconds that a training step with Adam takes on an engine. This trains the model: give it one that is not needed
 * afterwards.
 */
export async function secondsPerStep(
  engine: Engine,
  model: Sequential,
  examples: Examples,
  batchSize: number,
): Promise<number> {
  const optimizer = adam();
  const steps = new TrainingSteps({ model, examples, optimizer, l2: 0 }, engine);
  const count = examples.labels.size;
  const batch = Int32Array.from({ length: Math.min(batchSize, count) }, (_, i) => i);
  const run = async (first: number, last: number): Promise<number> => {
    const start = now();
    for (let step = first; step <= last; step++) await steps.run(batch, step, optimizer.defaultLearningRate);
    await steps.readTotals(); // an engine may return from `run` before a step is done
    return now() - start;
  };
  await run(1, warmUpSteps);
  return (await run(warmUpSteps + 1, warmUpSteps + timedSteps)) / timedSteps;
}
