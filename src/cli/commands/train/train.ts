import { Augmentation } from '../../../data/augment.ts';
import { splitValidation } from '../../../data/batches.ts';
import { type Dataset, limitTraining } from '../../../data/dataset.ts';
import type { Sequential } from '../../../layers/sequential.ts';
import { readSafetensors } from '../../../model/safetensors-file.ts';
import { writeWeights } from '../../../model/weights.ts';
import type { ChosenEngine } from '../../../engine/create-engine.ts';
import { Evaluator } from '../../../train/evaluator.ts';
import { DivergenceError } from '../../../train/divergence.ts';
import type { EpochResult } from '../../../train/history.ts';
import { trainEpochs } from '../../../train/train-epochs.ts';
import { fullEvaluation } from '../../../train/full-evaluation.ts';
import { readRun } from '../../../run/saved-run.ts';
import { describeWeights, weightsFiles } from '../../../run/saved-state.ts';
import { secondsPerStep } from '../../../train/trial.ts';
import { version } from '../../../version.ts';
import { Checkpoints } from '../../../run/checkpoints.ts';
import { readConfigFile } from '../../options/config-file.ts';
import { readData } from '../../options/data-options.ts';
import { startEngine } from '../../options/engine-options.ts';
import { classTable } from '../evaluate/evaluation-tables.ts';
import { Interrupt, interruptedStatus } from '../../framework/interrupt.ts';
import { modelName } from '../../options/model-option.ts';
import { Output } from '../../framework/output.ts';
import { withRecipe } from '../../options/preset.ts';
import { createProgress, percent } from '../../framework/progress.ts';
import { checkSameData, describeChanges, readResumedRun, type ResumedRun } from './resume.ts';
import { defaultRunPath, RunFolder } from '../../../run/run-folder.ts';
import { csvFile, jsonLinesFile, RunLog } from '../../../run/run-log.ts';
import type { GivenArguments, TrainArguments } from '../../options/train-options.ts';
import { announce, configuration, keptLine, metrics } from './report.ts';
import {
  createAugmentOptions,
  createClassWeights,
  createModel,
  createOptimizer,
  createSchedule,
} from './setup.ts';
import { UsageError } from '../../framework/usage-error.ts';

/** `weft train`: reads the data, trains, evaluates on the test images and leaves a run folder. */
export async function train(given: GivenArguments): Promise<void> {
  const interrupt = new Interrupt();
  try {
    const { args, resumed } = plan(given);
    await run(args, resumed, interrupt);
  } finally {
    interrupt.stop();
  }
}

/** Flags win over the options of a file, these over the preset, and that over the defaults; or they are those of a run. */
function plan(given: GivenArguments): { readonly args: TrainArguments; readonly resumed: ResumedRun | null } {
  if (given.resume !== undefined) return readResumedRun(given.resume, given);
  if (given.config === undefined) return { args: withRecipe(given), resumed: null };
  const flags = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { args: withRecipe({ ...readConfigFile(given.config), ...flags }), resumed: null };
}

async function run(args: TrainArguments, resumed: ResumedRun | null, interrupt: Interrupt): Promise<void> {
  const output = new Output(args);
  const optimizer = createOptimizer(args);
  const learningRate = args['learning-rate'] ?? optimizer.defaultLearningRate;
  const schedule = createSchedule(args);
  const dataset = limitTraining(readData(args, { silent: args.quiet || args.json }), args.limit ?? Infinity);
  if (resumed) checkSameData(resumed, dataset);
  const split = splitValidation(dataset.train.labels.size, args['validation-split']);
  if (split.train.length === 0) {
    throw new UsageError('--validation-split leaves no image to train on; lower it or raise --limit');
  }
  const earlyStopping = args['early-stopping'];
  if (earlyStopping !== undefined && split.validation.length === 0) {
    throw new UsageError('--early-stopping needs images for validation; raise --validation-split');
  }
  const classWeights = createClassWeights(args, dataset, split);
  const augment = createAugmentOptions(args, dataset);
  const { model, layers } = createModel(args, dataset, resumed?.configuration.layers);
  const picture = args['augmented-picture'];
  if (picture !== undefined) {
    const { writeAugmentedPicture } = await import('./augmented-picture.ts');
    const augmentation = new Augmentation(augment, model.inputShape, args.seed);
    writeAugmentedPicture(picture, dataset.train, split.train, augmentation);
  }
  // the trial is on a network of its own, since it trains it
  const chosen = await startEngine(args, output, (engine) =>
    secondsPerStep(engine, createModel(args, dataset, layers).model, dataset.train, args['batch-size']),
  );
  const { engine } = chosen;
  if (args.init !== undefined) writeWeights(model, engine, readSafetensors(args.init), args.init);
  const folder = resumed
    ? RunFolder.open(resumed.path)
    : RunFolder.create(args.out ?? defaultRunPath(modelName(args.model), new Date()));
  const progress = createProgress(args.quiet || args.json ? 'quiet' : 'lines', args.epochs);
  try {
    interrupt.defer();
    await folder.writeJson('config.json', configuration(args, layers, learningRate, dataset, chosen));
    const log = await RunLog.open(folder, resumed?.saved?.state.history ?? []);
    // what an earlier part of the run came to; the checkpoints have it, too
    for (const file of [weightsFiles.model, metricsFile]) folder.remove(file);
    const origin = { producer: `weft ${version}`, model: args.model };
    const checkpoints = new Checkpoints(folder, origin, resumed?.saved ?? null);
    announce(output, args, { model, dataset, split, chosen, resumed });
    if (resumed) for (const change of describeChanges(resumed, args, engine.name)) output.note(change);

    const training = trainEpochs(model, dataset.train, split, engine, {
      epochs: args.epochs,
      batchSize: args['batch-size'],
      optimizer,
      learningRate,
      schedule,
      l2: args.l2,
      labelSmoothing: args['label-smoothing'],
      classWeights,
      gradientClip: args['gradient-clip'],
      earlyStopping,
      augment,
      seed: args.seed,
      resume: resumed?.saved ?? undefined,
      signal: interrupt.signal,
      onBatch: (batch) => progress.onBatch(batch),
      onEpoch(result) {
        log.append(result);
        progress.onEpoch(result);
        output.event('epoch', { ...result });
      },
      onState: (state) => checkpoints.save(state),
    });
    const history = await training.catch(async (error: unknown) => {
      throw error instanceof DivergenceError ? await diverged(error, folder, checkpoints, args) : error;
    });
    progress.stop();
    await finish({ args, model, dataset, chosen, history, folder, log, checkpoints, output, interrupt });
  } finally {
    progress.stop();
    folder.close();
    await engine.close();
  }
}

const metricsFile = 'metrics.json';

interface TrainedRun {
  readonly args: TrainArguments;
  readonly model: Sequential;
  readonly dataset: Dataset;
  readonly chosen: ChosenEngine;
  readonly history: readonly EpochResult[];
  readonly folder: RunFolder;
  readonly log: RunLog;
  readonly checkpoints: Checkpoints;
  readonly output: Output;
  readonly interrupt: Interrupt;
}

/** Saves the weights first, then evaluates them on the test images and reports. */
async function finish(run: TrainedRun): Promise<void> {
  const { args, model, dataset, chosen, history, folder, log, checkpoints, output } = run;
  const { signal } = run.interrupt;
  const hasEarlyStopping = args['early-stopping'] !== undefined;
  const kept = await checkpoints.writeResult(hasEarlyStopping, !signal.aborted);
  if (kept === null || signal.aborted) return interrupted(run, kept && describeWeights(kept));

  const { labels } = dataset.test;
  const positions = Int32Array.from(labels.values, (_, i) => i);
  const evaluator = new Evaluator(model, dataset.test, chosen.engine, args.l2);
  const predictions = await evaluator.evaluate(positions, { signal }).catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
  if (predictions === null) return interrupted(run, describeWeights(kept));
  const test = fullEvaluation(predictions, labels.values, positions, dataset.classNames);
  await folder.writeJson(metricsFile, metrics(args, model, chosen, history, kept, test));

  output.text(`\n${classTable(test)}\n`);
  if (hasEarlyStopping) output.text(keptLine(kept, history, args));
  output.result(`test loss ${test.loss.toFixed(4)}, test accuracy ${percent(test.accuracy)}`);
  const reportFiles: string[] = [];
  if (args.report) {
    const { writeReport } = await import('../../../report/write-report.ts');
    const part = { examples: dataset.test, positions };
    reportFiles.push(...(await writeReport(readRun(folder.path), { part, evaluation: predictions })));
  }
  output.text(writtenLine(folder, log, reportFiles));
  const { epoch } = kept;
  output.event('end', {
    test: { loss: test.loss, accuracy: test.accuracy },
    weights: { epoch, kept: kept.kept },
    folder: folder.path,
  });
}

/** After Ctrl-C: what is there, and how it goes on. The test images are left to `weft evaluate`. */
function interrupted({ args, history, folder, log, output }: TrainedRun, kept: string | null): void {
  process.exitCode = interruptedStatus;
  const done = `interrupted after ${history.length} of ${args.epochs} epochs`;
  if (kept === null) {
    output.note(`${done}: nothing was trained yet`);
    return;
  }
  output.note(`${done}; keeping what was trained: the weights of ${kept}`);
  output.note(`to go on: npm run train -- --resume ${folder.path}`);
  output.text(writtenLine(folder, log));
  output.event('interrupted', { epochs: history.length, folder: folder.path });
}

/** The error to end with: it says what is left of the run. */
async function diverged(
  error: DivergenceError,
  folder: RunFolder,
  checkpoints: Checkpoints,
  args: TrainArguments,
): Promise<Error> {
  const kept = await checkpoints.writeResult(args['early-stopping'] !== undefined, false);
  const left = kept
    ? `${folder.path} keeps the weights of ${describeWeights(kept)}`
    : 'there are no earlier weights to keep';
  return new Error(`${error.message}; ${left}`, { cause: error });
}

/** The last line of a run: every file that it has written. */
function writtenLine(folder: RunFolder, log: RunLog, reportFiles: readonly string[] = []): string {
  const files = [
    ...Object.values(weightsFiles),
    metricsFile,
    csvFile,
    jsonLinesFile,
    log.eventFile,
    'config.json',
  ];
  return `written to ${folder.path}: ${[...folder.existing(files), ...reportFiles].join(', ')}`;
}
