import { setImmediate } from 'node:timers/promises';
import { Augmentation, type AugmentOptions } from '../data/augment.ts';
import { batches, shuffled, type Split } from '../data/batches.ts';
import { type Examples, exampleShape } from '../data/dataset.ts';
import type { Sequential } from '../layers/sequential.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { constant, type Schedule } from '../optim/schedules.ts';
import type { Engine } from '../tensor/engine.ts';
import { Tensor } from '../tensor/tensor.ts';
import { Evaluator } from './evaluator.ts';
import { TrainingSteps } from './training-step.ts';

export interface FitOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: Optimizer;
  /** Base learning rate; the optimizer's default if left out. */
  readonly learningRate?: number;
  /** Multiplies the base rate, from step to step; constant by default. */
  readonly schedule?: Schedule;
  /** λ of the L2 penalty on kernels; 0 by default. */
  readonly l2?: number;
  /** α in [0, 1) of the loss that is trained on; validation reports the plain one. 0 by default. */
  readonly labelSmoothing?: number;
  /** Random changes of the training images; none by default. */
  readonly augment?: AugmentOptions;
  /** Selects the order of the examples and how they are augmented. */
  readonly seed: number;
  /** Stops after the current batch. */
  readonly signal?: AbortSignal;
  readonly onBatch?: (progress: BatchProgress) => void;
  readonly onEpoch?: (result: EpochResult) => void | Promise<void>;
}

/** Running means over the epoch so far. */
export interface BatchProgress {
  readonly epoch: number;
  readonly images: number;
  readonly totalImages: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
}

export interface EpochResult {
  /** From 1. */
  readonly epoch: number;
  /** Mean over the epoch, each batch measured just before its own update, with dropout, smoothing, penalty. */
  readonly loss: number;
  readonly accuracy: number;
  /** After the epoch; null without validation examples. */
  readonly validation: { readonly loss: number; readonly accuracy: number } | null;
  /** Of the epoch's last step. */
  readonly learningRate: number;
  /** Training alone, without validation. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

/** A loss that is no longer a finite number: training has diverged. */
export class DivergenceError extends Error {
  override readonly name = 'DivergenceError';
}

/** How long the loop may run before it lets timers, signals and the terminal have their turn. */
const breathSeconds = 0.05;

/**
 * Trains a network on the training part of a split, epoch by epoch, and validates it after each.
 *
 * @returns the finished epochs; fewer than asked for if `signal` stopped the run
 */
export async function fit(
  model: Sequential,
  examples: Examples,
  split: Split,
  engine: Engine,
  options: FitOptions,
): Promise<EpochResult[]> {
  const {
    epochs,
    batchSize,
    optimizer,
    seed,
    signal,
    l2 = 0,
    labelSmoothing = 0,
    schedule = constant(),
  } = options;
  const baseRate = options.learningRate ?? optimizer.defaultLearningRate;
  const inputs = {
    model,
    examples,
    optimizer,
    l2,
    labelSmoothing,
    augmentation: new Augmentation(options.augment ?? {}, exampleShape(examples), seed),
    step: Tensor.zeros('int32', [1], 'step'),
    lossTotal: Tensor.zeros('float32', [1], 'loss total'),
    correctTotal: Tensor.zeros('float32', [1], 'correct total'),
  };
  const steps = new TrainingSteps(inputs, engine);
  const evaluator = new Evaluator(model, examples, engine, l2);
  const totalSteps = epochs * Math.ceil(split.train.length / batchSize);
  const results: EpochResult[] = [];
  let step = 0;
  let breath = now();

  for (let epoch = 1; epoch <= epochs; epoch++) {
    const start = now();
    let images = 0;
    let means = { loss: 0, accuracy: 0 };
    let learningRate = baseRate;
    engine.write(inputs.lossTotal, [0]);
    engine.write(inputs.correctTotal, [0]);

    for (const batch of batches(shuffled(split.train, seed, epoch), batchSize)) {
      step += 1;
      learningRate = baseRate * schedule(step, totalSteps);
      await steps.run(batch, step, learningRate, epoch);
      images += batch.length;
      const [lossTotal] = await engine.read(inputs.lossTotal);
      const [correctTotal] = await engine.read(inputs.correctTotal);
      means = { loss: lossTotal! / images, accuracy: correctTotal! / images };
      if (!Number.isFinite(lossTotal)) throw diverged(means.loss, epoch, step);
      const imagesPerSecond = images / (now() - start);
      options.onBatch?.({ epoch, images, totalImages: split.train.length, ...means, imagesPerSecond });
      if (now() - breath > breathSeconds) {
        await setImmediate();
        breath = now();
      }
      if (signal?.aborted) return results;
    }

    const seconds = now() - start;
    const validation = split.validation.length > 0 ? await evaluator.evaluate(split.validation) : null;
    if (validation && !Number.isFinite(validation.loss)) throw diverged(validation.loss, epoch, step);
    const result: EpochResult = {
      epoch,
      ...means,
      validation: validation && { loss: validation.loss, accuracy: validation.accuracy },
      learningRate,
      seconds,
      imagesPerSecond: images / seconds,
    };
    results.push(result);
    await options.onEpoch?.(result);
  }
  return results;
}

function diverged(loss: number, epoch: number, step: number): DivergenceError {
  return new DivergenceError(
    `the loss became ${loss} in epoch ${epoch} at step ${step}: training has diverged; try a lower learning rate`,
  );
}

function now(): number {
  return performance.now() / 1000;
}
