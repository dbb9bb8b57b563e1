import type { Examples } from '../data/examples.ts';
import type { Engine } from '../engine/engine.ts';
import type { Sequential } from '../layers/sequential.ts';
import { adam } from '../optim/adam.ts';
import { now } from '../clock.ts';
import { TrainingSteps } from './training-steps.ts';

const warmUpSteps = 2;
const fewestSteps = 8;
/** Fewer seconds say little: an engine that queues steps needs some to find its pace, and reading the totals takes a while. */
const leastSeconds = 0.05;

/**
 * Seconds that a training step with Adam takes on an engine, once its first steps were compiled and are done. This trains
 * the model: give it one that is not needed afterwards.
 */
export async function secondsPerStep(
  engine: Engine,
  model: Sequential,
  examples: Examples,
  batchSize: number,
): Promise<number> {
  const optimizer = adam();
  const steps = new TrainingSteps({ model, examples, optimizer, l2: 0 }, engine);
  const size = Math.min(batchSize, examples.y.shape[0]!);
  const batch = Int32Array.from({ length: size }, (_, i) => i);
  let step = 0;
  const time = async (count: number): Promise<number> => {
    const start = now();
    for (const last = step + count; step < last;) {
      step += 1;
      await steps.run(batch, step, optimizer.defaultLearningRate);
    }
    await steps.readTotals(); // an engine may return from `run` before a step is done
    return now() - start;
  };
  await time(warmUpSteps);
  let count = fewestSteps;
  let seconds = await time(count);
  while (seconds < leastSeconds) {
    count *= 2;
    seconds = await time(count);
  }
  return seconds / count;
}
