import { Augmentation, type AugmentOptions } from '../data/augment.ts';
import { batches, shuffled, type Split } from '../data/batches.ts';
import { type Examples, exampleShape } from '../data/idx/idx-folder.ts';
import type { Sequential } from '../layers/sequential.ts';
import type { NamedValues } from '../model/safetensors.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { constant, type Schedule } from '../optim/schedules.ts';
import type { Engine } from '../engine/engine.ts';
import { Tensor } from '../tensor/tensor.ts';
import { breathe } from './breathe.ts';
import { checkClassWeights } from './class-weights.ts';
import { bestEpoch, EarlyStopping } from './early-stopping.ts';
import { EpochTotals } from './epoch-totals.ts';
import { Evaluator } from './evaluator.ts';
import { TrainingSteps } from './training-step.ts';
import { noPartialEpoch, readState, type TrainingState, writeState } from './training-state.ts';

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
  /**
   * Weights of the training loss by class, each at least 0: an example counts as often as the weight of its class says,
   * and the sum is divided by the number of examples. Validation reports the plain loss. All 1 by default.
   */
  readonly classWeights?: readonly number[] | undefined;
  /** Gradients are scaled down together where their norm, that of the L2 penalty's included, is larger than this. */
  readonly gradientClip?: number | undefined;
  /** Random changes of the training images; none by default. */
  readonly augment?: AugmentOptions;
  /** Selects the order of the examples and how they are augmented. */
  readonly seed: number;
  /**
   * Ends the run when so many epochs in a row had no smaller validation loss than the best before them. However the run
   * ends, by an abort or an error, too, the network then has the weights of the best epoch.
   */
  readonly earlyStopping?: number | undefined;
  /** Goes on from here, as if the run had never stopped: `onState` of an earlier run with the same options gave it. */
  readonly resume?: ResumeOptions | undefined;
  /** Stops after the current batch, of training or of validation. */
  readonly signal?: AbortSignal;
  readonly onBatch?: (progress: BatchProgress) => void;
  readonly onEpoch?: (result: EpochResult) => void | Promise<void>;
  /** After each epoch, and where an abort ends the run: all that a later run needs to go on. */
  readonly onState?: (state: TrainingState) => void | Promise<void>;
}

export interface ResumeOptions {
  readonly state: TrainingState;
  /** For early stopping: the weights of the best epoch so far. */
  readonly best?: ReadonlyMap<string, NamedValues> | null;
}

/** Running means over the epoch so far. */
export interface BatchProgress {
  readonly epoch: number;
  readonly images: number;
  readonly totalImages: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly seconds: number;
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

/**
 * Trains a network on the training part of a split, epoch by epoch, and validates it after each.
 *
 * @returns the finished epochs, those before a resume included; fewer than asked for if `signal` or early stopping ended
 *   the run
 * @throws DivergenceError where a loss is not a finite number
 */
export async function fit(
  model: Sequential,
  examples: Examples,
  split: Split,
  engine: Engine,
  options: FitOptions,
): Promise<EpochResult[]> {
  const { epochs, batchSize, optimizer, seed, signal, resume, l2 = 0, schedule = constant() } = options;
  const baseRate = options.learningRate ?? optimizer.defaultLearningRate;
  const totals = new EpochTotals(engine);
  const inputs = {
    model,
    examples,
    optimizer,
    l2,
    labelSmoothing: options.labelSmoothing ?? 0,
    classWeights: classWeightsTensor(model, options),
    gradientClip: options.gradientClip,
    augmentation: new Augmentation(options.augment ?? {}, exampleShape(examples), seed),
    step: Tensor.zeros('int32', [1], 'step'),
    lossTotal: totals.lossTotal,
    correctTotal: totals.correctTotal,
  };
  const steps = new TrainingSteps(inputs, engine);
  const evaluator = new Evaluator(model, examples, engine, l2);
  const earlyStopping = createEarlyStopping(model, engine, split, options);
  const stepsPerEpoch = Math.ceil(split.train.length / batchSize);
  const totalSteps = epochs * stepsPerEpoch;
  const history = [...(resume?.state.history ?? [])];
  let step = resume?.state.step ?? 0;
  let partial = resume?.state.partial ?? noPartialEpoch;

  /** Hands out what a resume needs. */
  const reportState = async (): Promise<void> => {
    if (!options.onState) return;
    const state = { step, history: [...history], partial, ...(await readState(model, optimizer, engine)) };
    const wrong = firstNotFinite(state.weights);
    if (wrong) throw diverged(`a weight of ${wrong.name}`, wrong.value, history.length, step);
    await options.onState(state);
  };

  try {
    if (resume) {
      await steps.prepare(Math.min(batchSize, split.train.length)); // this makes the optimizer's tensors
      writeState(model, optimizer, engine, resume.state);
    }
    for (let epoch = history.length + 1; epoch <= epochs; epoch++) {
      if (earlyStopping?.shouldStop(history)) break;
      const order = shuffled(split.train, seed, epoch);
      // 0, but where a resumed run had stopped in the middle
      const seen = Math.min((step - history.length * stepsPerEpoch) * batchSize, order.length);
      totals.begin(seen, partial);

      for (const batch of batches(order.subarray(seen), batchSize)) {
        step += 1;
        await steps.run(batch, step, baseRate * schedule(step, totalSteps), epoch);
        await totals.add(batch.length);
        const { images, means, speed } = totals;
        if (!Number.isFinite(means.loss)) throw diverged('the loss', means.loss, epoch, step);
        options.onBatch?.({ epoch, images, totalImages: order.length, ...means, ...speed });
        await breathe();
        if (signal?.aborted) break;
      }

      partial = totals.partial;
      const { means, speed } = totals;
      const validation = signal?.aborted ? 'aborted' : await validate(evaluator, split, signal);
      if (validation === 'aborted') {
        await reportState();
        break;
      }
      if (validation && !Number.isFinite(validation.loss)) {
        throw diverged('the validation loss', validation.loss, epoch, step);
      }
      const learningRate = baseRate * schedule(step, totalSteps);
      history.push({ epoch, ...means, validation, learningRate, ...speed });
      partial = noPartialEpoch;
      await options.onEpoch?.(history.at(-1)!);
      await earlyStopping?.observe(history);
      await reportState();
      if (signal?.aborted) break;
    }
    return history;
  } finally {
    earlyStopping?.restore();
  }
}

/** The result on the validation images; null if there are none. */
async function validate(
  evaluator: Evaluator,
  { validation }: Split,
  signal: AbortSignal | undefined,
): Promise<EpochResult['validation'] | 'aborted'> {
  if (validation.length === 0) return null;
  try {
    const { loss, accuracy } = await evaluator.evaluate(validation, { signal });
    return { loss, accuracy };
  } catch (error) {
    if (signal?.aborted) return 'aborted';
    throw error;
  }
}

function createEarlyStopping(
  model: Sequential,
  engine: Engine,
  split: Split,
  { earlyStopping: patience, resume }: FitOptions,
): EarlyStopping | null {
  if (patience === undefined) return null;
  if (split.validation.length === 0) {
    throw new RangeError('early stopping needs examples for validation, and the split has none');
  }
  const best = resume?.best ?? null;
  const epoch = bestEpoch(resume?.state.history ?? []);
  if (epoch !== null && best === null) {
    throw new RangeError(`early stopping: to go on, it needs the weights of epoch ${epoch}, the best so far`);
  }
  return new EarlyStopping(patience, model, engine, best);
}

function classWeightsTensor(model: Sequential, { classWeights }: FitOptions): Tensor | undefined {
  if (classWeights === undefined) return undefined;
  const [classes] = model.outputShape as [number];
  checkClassWeights(classWeights, classes);
  return Tensor.from('float32', [classes], Float32Array.from(classWeights), 'class weights');
}

/** The first weight that is not a finite number, if there is one. */
function firstNotFinite(
  weights: ReadonlyMap<string, NamedValues>,
): { readonly name: string; readonly value: number } | null {
  for (const [name, { values }] of weights) {
    const value = values.find((weight) => !Number.isFinite(weight));
    if (value !== undefined) return { name, value };
  }
  return null;
}

function diverged(what: string, value: number, epoch: number, step: number): DivergenceError {
  return new DivergenceError(
    `${what} became ${value} in epoch ${epoch} at step ${step}: training has diverged; try a lower learning rate`,
  );
}
