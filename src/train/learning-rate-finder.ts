import { Augmentation, type AugmentOptions } from '../data/augment.ts';
import { batches, shuffled } from '../data/batches.ts';
import { type Examples, exampleShape } from '../data/examples.ts';
import type { Sequential } from '../layers/sequential.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import type { Engine } from '../engine/engine.ts';
import { Tensor } from '../tensor/tensor.ts';
import { defaultLoss } from './default-loss.ts';
import { type LearningRatePoint, suggestLearningRate } from './suggest-learning-rate.ts';
import { fitStatistics } from './fit-statistics.ts';
import { TrainingSteps } from './training-steps.ts';

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
  /** Stops the test after the current step. */
  readonly signal?: AbortSignal;
  readonly onStep?: (point: LearningRatePoint) => void;
}

export interface LearningRateFinding {
  readonly points: readonly LearningRatePoint[];
  /** Why the test ended: all rates were tried, the loss exploded, or `signal` stopped it. */
  readonly end: 'complete' | 'exploded' | 'aborted';
  /** The rate to train with; null if the loss did not fall. See `suggestLearningRate`. */
  readonly suggestion: number | null;
}

/** The share of the past in the moving average: it looks back over about 20 steps. */
const smoothing = 0.95;
/** Training does not recover from a loss this many times the smallest so far. */
const explosion = 4;

/**
 * The learning-rate range test: Smith, "Cyclical learning rates for training neural networks" (2017), section 3.3. It
 * trains for some steps while the rate rises exponentially, and records the loss. At first the loss hardly changes, then
 * it falls, and when the rate is too large it explodes. The test ends at four times the smallest smoothed loss.
 *
 *     rateᵢ = from · (to / from)^((i − 1) / (steps − 1))
 *     aᵢ = β·aᵢ₋₁ + (1 − β)·lossᵢ      smoothed lossᵢ = aᵢ / (1 − βⁱ)      β = 0.95, a₀ = 0
 *
 * All batches have the same size: examples at the end of an epoch that do not fill a batch are left out.
 *
 * Afterwards, however the test ends, the engine has the weights, the layers' state and the optimizer's state that it had
 * before.
 *
 * @param positions the examples to train on, by their positions in `examples`
 * @throws RangeError for rates that do not rise from above 0, fewer than two steps, or no examples
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
  const training = new TrainingSteps(
    {
      model,
      examples,
      optimizer,
      l2: options.l2 ?? 0,
      labelSmoothing: options.labelSmoothing ?? 0,
      augmentation: options.augment && new Augmentation(options.augment, exampleShape(examples), seed),
      loss: defaultLoss(model),
    },
    engine,
  );
  const restore = await snapshot(model, optimizer, engine);
  const points: LearningRatePoint[] = [];
  let end: LearningRateFinding['end'] = 'complete';
  let average = 0;
  let smallest = Infinity;
  try {
    await fitStatistics(model, examples, positions, engine);
    for (const { batch, epoch } of fullBatches(positions, options.batchSize, seed, steps)) {
      const step = points.length + 1;
      const learningRate = from * (to / from) ** ((step - 1) / (steps - 1));
      training.resetTotals();
      try {
        await training.run(batch, step, learningRate, epoch);
      } catch (error) {
        if (!signal?.aborted) throw error;
        end = 'aborted'; // while kernels were checked
        break;
      }
      const loss = (await training.readTotals()).lossTotal / batch.length;
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

function checkRange(from: number, to: number, steps: number): void {
  if (!(from > 0 && to > from && to < Infinity)) {
    throw new RangeError(`findLearningRate: rates must rise from above 0, got from ${from} to ${to}`);
  }
  if (!Number.isSafeInteger(steps) || steps < 2) {
    throw new RangeError(`findLearningRate: steps must be a whole number of at least 2, got ${steps}`);
  }
}

/** `count` batches of one size, from as many epochs as they need. */
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

/** Reads everything that training changes. @returns a function that writes it back */
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
      // a tensor that the optimizer made during the test began as zeros
      engine.write(tensor, before.get(tensor) ?? new Float32Array(tensor.size));
    }
  };
}
