import { Augmentation } from '../../../data/augment.ts';
import { readSafetensors } from '../../../model/safetensors-file.ts';
import { writeWeights } from '../../../model/weights.ts';
import { checkpointFile } from '../../../run/checkpoint.ts';
import { unitOf, writeConfiguration } from '../../../run/config.ts';
import { RunLog } from '../../../run/log.ts';
import { metricsFile } from '../../../run/metrics.ts';
import { StateSaver } from '../../../run/saved-state.ts';
import { resultFile } from '../../../run/weights.ts';
import { DivergenceError } from '../../../train/divergence.ts';
import { trainEpochs } from '../../../train/train-epochs.ts';
import { version } from '../../../version.ts';
import { Interrupt } from '../../framework/interrupt.ts';
import { Output } from '../../framework/output.ts';
import { unmirroredNote } from '../../options/tta-option.ts';
import { UsageError } from '../../framework/usage-error.ts';
import { readConfigFile } from '../../options/config-file.ts';
import { modelName } from '../../options/model-option.ts';
import { createOutFolder } from '../../options/out-folder.ts';
import { withRecipe } from '../../options/preset.ts';
import { configurationOf } from '../../options/run-configuration.ts';
import type { GivenArguments, TrainArguments } from '../../options/train-arguments.ts';
import { announce } from './announce.ts';
import { createClassWeights } from './class-weights.ts';
import { divergedError, finish } from './finish.ts';
import { checkSameData, openResumedRun, type ResumedRun } from './resume.ts';
import {
  createAugmentOptions,
  createLoss,
  createModel,
  createOptimizer,
  checkAverage,
  createSchedule,
  readTrainingData,
  startTrainingEngine,
} from './setup.ts';
import { TrainingProgress } from './training-progress.ts';

/** `weft train`: reads the data, trains, evaluates on the test images and leaves a run folder. */
export async function train(given: GivenArguments): Promise<void> {
  const interrupt = new Interrupt('training');
  try {
    const { args, resumed } = plan(given);
    await run(args, resumed, interrupt).finally(() => resumed?.folder.close());
  } finally {
    interrupt.stop();
  }
}

/** Flags override the file of `--config`, the file overrides the preset. A resumed run has the options that it began with. */
function plan(given: GivenArguments): { readonly args: TrainArguments; readonly resumed: ResumedRun | null } {
  if (given.resume !== undefined) return openResumedRun(given.resume, given);
  if (given.config === undefined) return { args: withRecipe(given), resumed: null };
  const flags = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { args: withRecipe({ ...readConfigFile(given.config), ...flags }), resumed: null };
}

async function run(args: TrainArguments, resumed: ResumedRun | null, interrupt: Interrupt): Promise<void> {
  const output = new Output(args);
  const optimizer = createOptimizer(args);
  const learningRate = args['learning-rate'] ?? optimizer.defaultLearningRate;
  const schedule = createSchedule(args);
  checkAverage(args);
  const { dataset, split } = readTrainingData(args);
  if (resumed) checkSameData(resumed, dataset);
  const earlyStopping = args['early-stopping'];
  if (earlyStopping !== undefined && split.validation.length === 0) {
    throw new UsageError('--early-stopping needs images for validation; raise --validation-split');
  }
  const loss = createLoss(args, dataset, split);
  const classWeights = createClassWeights(args, dataset, split);
  const augment = createAugmentOptions(args, dataset);
  const { model, layers } = createModel(args, { dataset, loss, saved: resumed?.configuration.layers });
  const picture = args['augmented-picture'];
  if (picture !== undefined && augment !== undefined && !('table' in dataset)) {
    const { writeAugmentedPicture } = await import('./augmented-picture.ts');
    const augmentation = new Augmentation(augment, model.inputShape, args.seed);
    await writeAugmentedPicture(picture, dataset.train, split.train, augmentation);
  }
  const engine = await startTrainingEngine(args, output, {
    dataset,
    loss,
    layers,
    signal: interrupt.signal,
  });
  if (args.init !== undefined) writeWeights(model, engine, readSafetensors(args.init), args.init);
  const folder = resumed ? resumed.folder : createOutFolder(args.out, modelName(args.model));
  const progress = new TrainingProgress(args.epochs, {
    unit: unitOf(dataset),
    silent: args.quiet || args.json,
  });
  try {
    interrupt.keepResults();
    await writeConfiguration(folder, configurationOf(args, { layers, learningRate, dataset, loss, engine }));
    const log = await RunLog.open(folder, resumed?.saved?.state.history ?? [], loss?.metric);
    // the result of an earlier part of this run; its checkpoint has these weights, too
    for (const file of [resultFile, metricsFile]) folder.remove(file);
    const origin = { producer: `weft ${version}`, model: args.model };
    const saver = new StateSaver(folder, origin, resumed?.saved ?? null);
    if (args.tta && !args.flip) output.note(unmirroredNote('is'));
    announce(output, { args, model, dataset, split, engine, resumed });

    const training = trainEpochs(model, dataset.train, split, engine, {
      epochs: args.epochs,
      until: args.until,
      batchSize: args['batch-size'],
      optimizer,
      learningRate,
      schedule,
      l2: args.l2,
      labelSmoothing: args['label-smoothing'],
      classWeights,
      gradientClip: args['gradient-clip'],
      ema: args.ema,
      swa: args.swa,
      earlyStopping,
      ...(augment && { augment }),
      seed: args.seed,
      resume: resumed?.saved ?? undefined,
      signal: interrupt.signal,
      onBatch: (batch) => progress.onBatch(batch),
      onEpoch(result) {
        log.append(result);
        progress.onEpoch(result);
        output.event('epoch', { ...result });
      },
      onState: (state) => saver.save(state),
    });
    const history = await training.catch(async (error: unknown) => {
      if (!(error instanceof DivergenceError)) throw error;
      output.event('diverged', { message: error.message });
      throw await divergedError(error, { args, folder, saver });
    });
    progress.stop();
    const { signal } = interrupt;
    await finish({ args, model, dataset, engine, history, folder, log, saver, output, signal });
  } catch (error) {
    const hasDiverged = (error as Error).cause instanceof DivergenceError;
    const hasState = folder.existing([checkpointFile]).length > 0;
    if (resumed === null && !hasState && !hasDiverged) folder.removeWritten();
    throw error;
  } finally {
    progress.stop();
    folder.close();
    await engine.close();
  }
}
