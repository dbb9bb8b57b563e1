import { Augmentation } from '../data/augment.ts';
import { splitValidation } from '../data/batches.ts';
import { type Dataset, limitTraining } from '../data/dataset.ts';
import { readDataset } from '../data/read-dataset.ts';
import type { Sequential } from '../layers/sequential.ts';
import { encodeSafetensors } from '../model/safetensors.ts';
import { countParameters, summarize } from '../model/summary.ts';
import { readWeights } from '../model/weights.ts';
import type { ChosenEngine } from '../tensor/engines.ts';
import { Evaluator } from '../train/evaluator.ts';
import { type EpochResult, fit } from '../train/fit.ts';
import { fullEvaluation } from '../train/full-evaluation.ts';
import { version } from '../version.ts';
import { startEngine } from './engine-options.ts';
import { classTable } from './evaluation-tables.ts';
import { modelName } from './model-option.ts';
import { Output } from './output.ts';
import { describePreset } from './preset.ts';
import { createProgress, percent } from './progress.ts';
import { defaultRunPath, RunFolder } from './run-folder.ts';
import type { TrainArguments } from './train-options.ts';
import { secondsPerStep } from '../train/trial.ts';
import { configuration, metrics } from './train-report.ts';
import { createAugmentOptions, createModel, createOptimizer, createSchedule } from './train-setup.ts';
import { UsageError } from './usage-error.ts';

/** `weft train`: reads the data, trains, evaluates on the test images and leaves a run folder. */
export async function train(args: TrainArguments): Promise<void> {
  const output = new Output(args);
  const optimizer = createOptimizer(args);
  const learningRate = args['learning-rate'] ?? optimizer.defaultLearningRate;
  const schedule = createSchedule(args);
  const dataset = limitTraining(readDataset(args.data), args.limit ?? Infinity);
  const split = splitValidation(dataset.train.labels.size, args['validation-split']);
  if (split.train.length === 0) {
    throw new UsageError('--validation-split leaves no image to train on; lower it or raise --limit');
  }
  const augment = createAugmentOptions(args, dataset);
  const { model, layers } = createModel(args, dataset);
  const picture = args['augmented-picture'];
  if (picture !== undefined) {
    const { writeAugmentedPicture } = await import('./augmented-picture.ts');
    const augmentation = new Augmentation(augment, model.inputShape, args.seed);
    writeAugmentedPicture(picture, dataset.train, split.train, augmentation);
  }
  // the trial is on a network of its own, since it trains it
  const chosen = await startEngine(args, output, (engine) =>
    secondsPerStep(engine, createModel(args, dataset).model, dataset.train, args['batch-size']),
  );
  const { engine } = chosen;
  const folder = new RunFolder(args.out ?? defaultRunPath(modelName(args.model), new Date()));
  folder.writeJson('config.json', configuration(args, layers, learningRate, dataset, chosen));

  output.text(`${summarize(model)}\n`);
  for (const line of describePreset(args)) output.text(line);
  output.text(
    `data    ${dataset.name}: ${split.train.length} training, ${split.validation.length} validation, ` +
      `${dataset.test.labels.size} test images`,
  );
  if (picture !== undefined)
    output.text(`picture ${picture}: an image of each class, and as epochs 1 to 8 see it`);
  output.text(`engine  ${engine.name}: ${engine.description} (${chosen.reason})\n`);
  output.event('start', {
    preset: args.preset ?? null,
    model: args.model,
    parameters: countParameters(model),
    engine: engine.name,
    threads: engine.threads,
    reason: chosen.reason,
    ...(picture === undefined ? {} : { augmentedPicture: picture }),
  });

  const interrupt = listenForInterrupt();
  const progress = createProgress(args.quiet || args.json ? 'quiet' : 'lines', args.epochs);
  try {
    const history = await fit(model, dataset.train, split, engine, {
      epochs: args.epochs,
      batchSize: args['batch-size'],
      optimizer,
      learningRate,
      schedule,
      l2: args.l2,
      labelSmoothing: args['label-smoothing'],
      augment,
      seed: args.seed,
      signal: interrupt.signal,
      onBatch: (batch) => progress.onBatch(batch),
      onEpoch(result) {
        folder.appendHistory(result);
        progress.onEpoch(result);
        output.event('epoch', { ...result });
      },
    });
    progress.stop();
    if (interrupt.signal.aborted) {
      output.note(`interrupted after ${history.length} of ${args.epochs} epochs; keeping what was trained`);
    }
    await finish({ args, model, dataset, chosen, history, folder, output });
    if (interrupt.signal.aborted) process.exitCode = 130;
  } finally {
    progress.stop();
    interrupt.stop();
    await engine.close();
  }
}

interface FinishedRun {
  readonly args: TrainArguments;
  readonly model: Sequential;
  readonly dataset: Dataset;
  readonly chosen: ChosenEngine;
  readonly history: readonly EpochResult[];
  readonly folder: RunFolder;
  readonly output: Output;
}

/** Saves the weights first, then evaluates them on the test images and reports. */
async function finish({ args, model, dataset, chosen, history, folder, output }: FinishedRun): Promise<void> {
  const { engine } = chosen;
  const weights = await readWeights(model, engine);
  folder.writeBytes(
    'model.safetensors',
    encodeSafetensors(weights, { producer: `weft ${version}`, model: args.model }),
  );

  const { labels } = dataset.test;
  const positions = Int32Array.from(labels.values, (_, i) => i);
  const predictions = await new Evaluator(model, dataset.test, engine, args.l2).evaluate(positions);
  const test = fullEvaluation(predictions, labels.values, positions, dataset.classNames);
  folder.writeJson('metrics.json', metrics(args, model, chosen, history, test));

  output.text(`\n${classTable(test)}\n`);
  output.result(`test loss ${test.loss.toFixed(4)}, test accuracy ${percent(test.accuracy)}`);
  output.text(`written to ${folder.path}: model.safetensors, metrics.json, history.csv, config.json`);
  output.event('end', { test: { loss: test.loss, accuracy: test.accuracy }, folder: folder.path });
}

/** Ctrl-C asks for an end after the current batch; a second one ends the process at once. */
function listenForInterrupt(): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const onInterrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', onInterrupt);
  return { signal: controller.signal, stop: () => process.off('SIGINT', onInterrupt) };
}
