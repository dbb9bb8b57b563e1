import { setImmediate } from 'node:timers/promises';
import { Augmentation, type AugmentOptions } from '../data/augment.ts';
import { batches, shuffled } from '../data/batches.ts';
import { type Examples, exampleShape } from '../data/idx/idx-folder.ts';
import type { Sequential } from '../layers/sequential.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import type { Engine } from '../engine/engine.ts';
import { Tensor } from '../tensor/tensor.ts';
import { TrainingSteps } from './training-step.ts';

export interface LearningRateRange {
  /** The rate of the first step, above 0; 1e-6 by default. */
  readonly from?: number;
  /** The rate of the last step, above `from`; 1 by default. */
  readonly to?: number;
  /** Number of steps, at least 2; 300 by default. */
  readonly steps?: number;
}

export interface LearningRateFinderOptions extends LearningRateRange {
  readonly batchSize: number;
  readonly optimizer: Optimizer;
  /** λ of the L2 penalty on kernels; 0 by default. */
  readonly l2?: number;
  /** α in [0, 1) of the loss; 0 by default. */
  readonly labelSmoothing?: number;
  /** Random changes of the images; none by default. */
  readonly augment?: AugmentOptions;
  /** Selects the order of the examples and how they are augmented. */
  readonly seed: number;
  /** Stops after the current step. */
  readonly signal?: AbortSignal;
  readonly onStep?: (point: LearningRatePoint) => void;
}

export interface LearningRatePoint {
  /** From 1. */
  readonly step: number;
  readonly learningRate: number;
  /** Of the batch, before its own update. */
  readonly loss: number;
  /** The moving average of the losses so far. */
  readonly smoothedLoss: number;
}

export interface LearningRateFinding {
  readonly points: readonly LearningRatePoint[];
  /** Why there are no more points: all rates were tried, the loss grew too large, or the signal came. */
  readonly end: 'complete' | 'exploded' | 'aborted';
  /** The rate to train with; null if the loss never fell. See `suggestLearningRate`. */
  readonly suggestion: number | null;
}

/** The share of the past in the moving average: it looks back over about 20 steps. */
const smoothing = 0.95;
/** A loss this many times the smallest so far is not coming back. */
const explosion = 4;
/** Of the first loss: what falls less may be rounding. */
const leastFall = 0.99;
const breathSeconds = 0.05;

/**
 * The learning-rate range test: Smith, "Cyclical learning rates for training neural networks" (2017), section 3.3. It
 * trains for some steps while the rate rises exponentially, and watches the loss: at first nothing happens, then it
 * falls, and when the rate is too large it explodes. The test ends there, at four times the smallest smoothed loss.
 *
 *     rateᵢ = from · (to / from)^((i − 1) / (steps − 1))
 *     aᵢ = β·aᵢ₋₁ + (1 − β)·lossᵢ      smoothed lossᵢ = aᵢ / (1 − βⁱ)      β = 0.95, a₀ = 0
 *
 * All batches have the same size: the rest of the examples that does not fill one is left out.
 *
 * Afterwards, however it ends, the engine has the weights, the layers' state and the state of the optimizer as before.
 *
 * @param positions the examples to train on
 */
export async function findLearningRate(
  model: Sequential,
  examples: Examples,
  positions: Int32Array,
  engine: Engine,
  options: LearningRateFinderOptions,
): Promise<LearningRateFinding> {
  const { optimizer, seed, signal, from = 1e-6, to = 1, steps = 300 } = options;
  checkRange(from, to, steps);
  if (positions.length === 0) throw new RangeError('findLearningRate: there are no examples');
  const lossTotal = Tensor.zeros('float32', [1], 'loss total');
  const training = new TrainingSteps(
    {
      model,
      examples,
      optimizer,
      l2: options.l2 ?? 0,
      labelSmoothing: options.labelSmoothing ?? 0,
      augmentation: new Augmentation(options.augment ?? {}, exampleShape(examples), seed),
      step: Tensor.zeros('int32', [1], 'step'),
      lossTotal,
      correctTotal: Tensor.zeros('float32', [1], 'correct total'),
    },
    engine,
  );
  const restore = await snapshot(model, optimizer, engine);
  const points: LearningRatePoint[] = [];
  let end: LearningRateFinding['end'] = 'complete';
  let average = 0;
  let smallest = Infinity;
  let breath = performance.now();
  try {
    for (const { batch, epoch } of fullBatches(positions, options.batchSize, seed, steps)) {
      const step = points.length + 1;
      const learningRate = from * (to / from) ** ((step - 1) / (steps - 1));
      engine.write(lossTotal, [0]);
      await training.run(batch, step, learningRate, epoch);
      const loss = (await engine.read(lossTotal))[0]! / batch.length;
      average = smoothing * average + (1 - smoothing) * loss;
      const smoothedLoss = average / (1 - smoothing ** step);
      const point = { step, learningRate, loss, smoothedLoss };
      points.push(point);
      options.onStep?.(point);
      smallest = Math.min(smallest, smoothedLoss);
      if (!(smoothedLoss <= explosion * smallest)) {
        end = 'exploded';
        break;
      }
      if (performance.now() - breath > breathSeconds * 1000) {
        await setImmediate();
        breath = performance.now();
      }
      if (signal?.aborted) {
        end = 'aborted';
        break;
      }
    }
  } finally {
    restore();
  }
  return { points, end, suggestion: suggestLearningRate(points) };
}

/**
 * The rate at which the smoothed loss falls fastest along the logarithm of the rate, as the finder of fastai proposes:
 * there a step achieves most, and the rates at which training becomes unstable are still some way off. The slope at a
 * point is that of the straight line through the points within a 25th of the run on both sides, by least squares, which
 * noise disturbs less than a difference of two.
 *
 * @returns null where the loss does not come to lie a hundredth below the first, or there are too few points to tell
 */
export function suggestLearningRate(points: readonly LearningRatePoint[]): number | null {
  const known = points.filter(({ smoothedLoss }) => Number.isFinite(smoothedLoss));
  const first = known[0]?.smoothedLoss ?? 0;
  if (!known.some(({ smoothedLoss }) => smoothedLoss < leastFall * first)) return null;
  const reach = Math.max(1, Math.round(known.length / 25));
  let best: LearningRatePoint | null = null;
  let steepest = 0;
  for (let middle = reach; middle < known.length - reach; middle++) {
    const found = slope(known.slice(middle - reach, middle + reach + 1));
    if (found < steepest) {
      steepest = found;
      best = known[middle]!;
    }
  }
  return best?.learningRate ?? null;
}

/** Of the smoothed loss by the step: rates are a constant factor apart, so that this is along their logarithm. */
function slope(points: readonly LearningRatePoint[]): number {
  const middle = (points.length - 1) / 2;
  // Σ (i − middle) · loss is that of losses less their mean: the factors add up to 0
  const covariance = points.reduce((sum, { smoothedLoss }, i) => sum + (i - middle) * smoothedLoss, 0);
  const variance = points.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
  return covariance / variance;
}

function checkRange(from: number, to: number, steps: number): void {
  if (!(from > 0 && to > from && to < Infinity)) {
    throw new RangeError(`findLearningRate: rates must rise from above 0, got from ${from} to ${to}`);
  }
  if (!Number.isSafeInteger(steps) || steps < 2) {
    throw new RangeError(`findLearningRate: steps must be a whole number of at least 2, got ${steps}`);
  }
}

/** `count` batches of one size, from as many epochs as it takes. */
function* fullBatches(
  positions: Int32Array,
  batchSize: number,
  seed: number,
  count: number,
): Generator<{ readonly batch: Int32Array; readonly epoch: number }> {
  const size = Math.min(batchSize, positions.length);
  let done = 0;
  for (let epoch = 1; ; epoch++) {
    for (const batch of batches(shuffled(positions, seed, epoch), size)) {
      if (batch.length < size) continue;
      if (done++ === count) return;
      yield { batch, epoch };
    }
  }
}

/** Reads all that training changes; what comes back puts it in place again. */
async function snapshot(model: Sequential, optimizer: Optimizer, engine: Engine): Promise<() => void> {
  const before = new Map<Tensor, ArrayLike<number>>();
  const tensors = (): Tensor[] => [
    ...model.parameters.map(({ value }) => value),
    ...model.state,
    ...optimizer.state.values(),
    optimizer.coefficients,
  ];
  for (const tensor of tensors()) before.set(tensor, await engine.read(tensor));
  return () => {
    for (const tensor of tensors()) {
      // what the optimizer has made since began as zeros
      engine.write(tensor, before.get(tensor) ?? new Float32Array(tensor.size));
    }
  };
}
