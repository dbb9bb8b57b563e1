import { Augmentation } from '../data/augment.ts';
import type { Split } from '../data/batches.ts';
import { type Examples, exampleShape } from '../data/examples.ts';
import type { Engine } from '../engine/engine.ts';
import { lossOf } from '../layers/loss-types.ts';
import type { Sequential } from '../layers/sequential.ts';
import { constant } from '../optim/schedules.ts';
import { EqualAverage, ExponentialAverage, type WeightAverage } from '../optim/weight-average.ts';
import { Tensor } from '../tensor/tensor.ts';
import { AveragedWeights } from './averaged-weights.ts';
import { checkClassWeights } from './class-weights.ts';
import { defaultLoss } from './default-loss.ts';
import { checkFinite, checkFiniteWeights } from './divergence.ts';
import { EarlyStopping } from './early-stopping.ts';
import { fitStatistics } from './fit-statistics.ts';
import { Evaluator } from './evaluator.ts';
import { bestEpoch, type EpochResult } from './history.ts';
import type { TrainingOptions } from './training-options.ts';
import {
  isBetweenEpochs,
  noPartialEpoch,
  readState,
  type TrainingState,
  writeState,
} from './training-state.ts';
import { TrainingRun } from './training-run.ts';
import { TrainingSteps } from './training-steps.ts';

/**
 * Trains a network on the training part of a split, epoch by epoch, and validates it after each. The new weights are on
 * the engine. `fit` is this for callers without an engine and a split of their own.
 *
 * @returns the finished epochs, including those before a resume; fewer than `epochs` if `signal` or early stopping ended
 *   the run, or `until`
 * @throws DivergenceError if a loss is not a finite number. The loss is looked at about ten times a second and at the end
 *   of each epoch, so that some steps may follow the first one that went wrong
 */
export async function trainEpochs(
  model: Sequential,
  examples: Examples,
  split: Split,
  engine: Engine,
  options: TrainingOptions,
): Promise<EpochResult[]> {
  const { epochs, batchSize, optimizer, seed, signal, resume, l2 = 0, schedule = constant() } = options;
  const { until = epochs } = options;
  const baseRate = options.learningRate ?? optimizer.defaultLearningRate;
  const loss = options.loss === undefined ? defaultLoss(model) : lossOf(options.loss, 'train: loss');
  model.loss = loss;
  const stepsPerEpoch = Math.ceil(split.train.length / batchSize);
  const totalSteps = epochs * stepsPerEpoch;
  const average = createAverage(options, totalSteps);
  const averaged = average && new AveragedWeights(model, engine, average);
  const inputs = {
    model,
    examples,
    optimizer,
    loss,
    l2,
    labelSmoothing: options.labelSmoothing ?? 0,
    classWeights: classWeightsTensor(model, options),
    gradientClip: options.gradientClip,
    average,
    augmentation: options.augment && new Augmentation(options.augment, exampleShape(examples), seed),
  };
  const steps = new TrainingSteps(inputs, engine);
  const plan = {
    positions: split.train,
    batchSize,
    rateAt: (step: number) => baseRate * schedule(step, totalSteps),
  };
  const firstStep = resume?.state.step ?? 0;
  const run = new TrainingRun(steps, { loss, seed, plan, step: firstStep });
  const { totals } = run;
  const evaluator = new Evaluator(model, examples, engine, { loss, l2 });
  const earlyStopping = createEarlyStopping(model, engine, split, options);
  const history = [...(resume?.state.history ?? [])];
  checkStep(firstStep, history.length, stepsPerEpoch);
  let partial = resume?.state.partial ?? noPartialEpoch;

  /** Hands out what a resume needs. */
  const reportState = async (): Promise<void> => {
    if (!options.onState) return;
    const { step } = run;
    const now = await readState(inputs, engine);
    const result = await averaged?.after(step, now.weights);
    const state: TrainingState = { step, history: [...history], partial, ...now, ...(result && { result }) };
    checkFiniteWeights(state.weights, history.length + (isBetweenEpochs(state) ? 0 : 1), step);
    await options.onState(state);
  };

  try {
    await fitStatistics(model, examples, split.train, engine);
    if (resume) {
      await steps.prepare(Math.min(batchSize, split.train.length)); // this makes the optimizer's tensors
      writeState(inputs, engine, resume.state);
    }
    for (let epoch = history.length + 1; epoch <= Math.min(epochs, until); epoch++) {
      if (earlyStopping?.shouldStop(history)) break;
      // nothing is seen, unless a resumed run had stopped in the middle of this epoch
      const seen = (run.step - history.length * stepsPerEpoch) * batchSize;
      run.beginEpoch(epoch, { seen, partial });

      while (!run.isEpochDone) {
        try {
          await run.advance();
        } catch (error) {
          if (!signal?.aborted) throw error;
          // the abort came while kernels were checked, before the step: nothing is changed
          await totals.read();
          break;
        }
        if (run.isEpochDone || totals.areDue || signal?.aborted) {
          await totals.read();
          checkFinite('the loss', totals.means.loss, epoch, run.step);
          const { images, means } = totals;
          options.onBatch?.({ epoch, images, totalImages: run.epochImages, ...means });
        }
        if (signal?.aborted) break;
      }
      const { step } = run;

      partial = totals.partial;
      const { means } = totals;
      if (!signal?.aborted) await averaged?.enter(step);
      const validation = signal?.aborted ? 'aborted' : await validate(evaluator, split, signal);
      if (validation === 'aborted') {
        averaged?.leave();
        if (step > firstStep) await reportState();
        break;
      }
      if (validation) checkFinite('the validation loss', validation.loss, epoch, step);
      const learningRate = baseRate * schedule(step, totalSteps);
      history.push({ epoch, ...means, validation, learningRate });
      partial = noPartialEpoch;
      await options.onEpoch?.(history.at(-1)!);
      await earlyStopping?.observe(history);
      averaged?.leave();
      await reportState();
      if (signal?.aborted) break;
    }
    await averaged?.enter(run.step);
    return history;
  } finally {
    earlyStopping?.restore();
  }
}

function createAverage({ ema, swa = 0 }: TrainingOptions, totalSteps: number): WeightAverage | undefined {
  if (ema !== undefined && swa > 0) {
    throw new RangeError('ema and swa are two ways to average the weights: give one of them');
  }
  if (swa > 0) return new EqualAverage(swa, totalSteps);
  return ema === undefined ? undefined : new ExponentialAverage(ema);
}

/** @throws RangeError unless a run that has finished so many epochs can have done so many steps */
function checkStep(step: number, finished: number, stepsPerEpoch: number): void {
  if (step >= finished * stepsPerEpoch && step <= (finished + 1) * stepsPerEpoch) return;
  throw new RangeError(
    `the state of training has ${step} steps and ${finished} finished epochs, but an epoch has ${stepsPerEpoch} steps: ` +
      'it is from other data or another batch size, or it is damaged',
  );
}

/** The result on the validation images; null if there are none. */
async function validate(
  evaluator: Evaluator,
  { validation }: Split,
  signal: AbortSignal | undefined,
): Promise<EpochResult['validation'] | 'aborted'> {
  if (validation.length === 0) return null;
  try {
    const { loss, accuracy, meanAbsoluteError } = await evaluator.evaluate(validation, { signal });
    return { loss, accuracy, meanAbsoluteError };
  } catch (error) {
    if (signal?.aborted) return 'aborted';
    throw error;
  }
}

function createEarlyStopping(
  model: Sequential,
  engine: Engine,
  split: Split,
  { earlyStopping: patience, resume }: TrainingOptions,
): EarlyStopping | null {
  if (patience === undefined) return null;
  if (split.validation.length === 0) {
    throw new RangeError('early stopping needs examples for validation, and the split has none');
  }
  const best = resume?.best ?? null;
  const epoch = bestEpoch(resume?.state.history ?? []);
  if (epoch !== null && best === null) {
    throw new RangeError(
      `early stopping: to continue, it needs the weights of epoch ${epoch}, the best so far`,
    );
  }
  return new EarlyStopping(patience, model, engine, best);
}

function classWeightsTensor(model: Sequential, { classWeights }: TrainingOptions): Tensor | undefined {
  if (classWeights === undefined) return undefined;
  const [classes] = model.outputShape as [number];
  checkClassWeights(classWeights, classes);
  return Tensor.from('float32', [classes], Float32Array.from(classWeights), 'class weights');
}
