import type { LossDescription, LossName, LossSpec } from '../layers/loss.ts';
import type { AugmentOptions } from '../data/augment.ts';
import type { NamedValues } from '../model/safetensors.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import type { Schedule } from '../optim/schedules.ts';
import type { EpochResult, Metrics } from './history.ts';
import type { TrainingState } from './training-state.ts';

/** How a network is trained, and who is told about it. */
export interface TrainingOptions {
  readonly epochs: number;
  /** Ends the run after this epoch, though its schedule is that of all `epochs`: a resume goes on. `epochs` by default. */
  readonly until?: number | undefined;
  readonly batchSize: number;
  readonly optimizer: Optimizer;
  /** By name or as an object, such as `huber({ delta: 2 })`; that of the network, or softmax cross-entropy, if left out. */
  readonly loss?: LossName | LossSpec | LossDescription | undefined;
  /** Base learning rate; the optimizer's default if left out. */
  readonly learningRate?: number;
  /** Multiplies the base rate, from step to step; constant by default. */
  readonly schedule?: Schedule;
  /** λ of the L2 penalty on kernels; 0 by default. */
  readonly l2?: number;
  /** α in [0, 1), for training alone: validation reports the loss without smoothing. 0 by default. */
  readonly labelSmoothing?: number;
  /**
   * Weights of the training loss by class, each at least 0: the loss of an example is multiplied by the weight of its
   * class, and the sum is divided by the number of examples. Validation reports the loss without weights. All 1 by
   * default.
   */
  readonly classWeights?: readonly number[] | undefined;
  /** The largest norm of all gradients together, that of the L2 penalty included: beyond it, all are scaled down. */
  readonly gradientClip?: number | undefined;
  /**
   * Decay β in [0, 1) of an exponential moving average of the weights, which the run then validates and results in; about
   * 1 / (1 − β) steps have most of the weight. None by default.
   */
  readonly ema?: number | undefined;
  /**
   * Share of the steps in [0, 1), the last ones: the mean of the weights after each of them is what the run then validates
   * and results in (stochastic weight averaging). None by default.
   */
  readonly swa?: number | undefined;
  /** Random changes of the training images; none by default. */
  readonly augment?: AugmentOptions;
  /** Selects the order of the examples and how they are augmented. */
  readonly seed: number;
  /**
   * Ends the run when this many epochs in a row had no smaller validation loss than the best before them. The network
   * then has the weights of the best epoch, also if the run ends by an abort or an error.
   */
  readonly earlyStopping?: number | undefined;
  /** Continues as if the run had never stopped, from a state that `onState` of a run with the same options gave. */
  readonly resume?: ResumeOptions | undefined;
  /** Stops after the current batch, of training or of validation. */
  readonly signal?: AbortSignal;
  /** Told about ten times a second, and after the last batch of an epoch. */
  readonly onBatch?: (progress: BatchProgress) => void;
  readonly onEpoch?: (result: EpochResult) => void | Promise<void>;
  /** Given all that a later run needs to continue: after each epoch, and where an abort ends the run. */
  readonly onState?: (state: TrainingState) => void | Promise<void>;
}

export interface ResumeOptions {
  readonly state: TrainingState;
  /** For early stopping: the weights of the best epoch so far. */
  readonly best?: ReadonlyMap<string, NamedValues> | null;
}

/** Running means over the epoch so far. */
export interface BatchProgress extends Metrics {
  readonly epoch: number;
  readonly images: number;
  readonly totalImages: number;
  readonly loss: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
}
