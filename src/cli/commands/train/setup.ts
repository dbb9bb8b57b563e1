/** From the options of the command line to the objects that training works with. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Augmentation, type AugmentOptions } from '../../../data/augment.ts';
import { type Split, splitValidation } from '../../../data/batches.ts';
import { type Dataset, type ImageDataset, limitTraining } from '../../../data/dataset.ts';
import { exampleCount, exampleShape } from '../../../data/examples.ts';
import { readCsv } from '../../../data/table/csv.ts';
import { readTable, type TableDataset } from '../../../data/table/table-dataset.ts';
import { huber } from '../../../layers/huber.ts';
import { lossOf } from '../../../layers/loss-types.ts';
import type { LossSpec } from '../../../layers/loss.ts';
import type { Sequential } from '../../../layers/sequential.ts';
import type { Engine } from '../../../engine/engine.ts';
import { buildModel } from '../../../model/build-model.ts';
import { adam } from '../../../optim/adam.ts';
import type { Optimizer } from '../../../optim/optimizer.ts';
import { constant, cosine, oneCycle, type Schedule, stepDecay } from '../../../optim/schedules.ts';
import { sgd } from '../../../optim/sgd.ts';
import { secondsPerStep } from '../../../train/trial.ts';
import type { Output } from '../../framework/output.ts';
import { refuseInputs } from '../../framework/output-file.ts';
import { augmentOf } from '../../options/augment-of.ts';
import { checkKindOfData } from '../../options/data-kind.ts';
import { readData } from '../../options/data-options.ts';
import { startEngine } from '../../options/engine-options.ts';
import { modelLayers } from '../../options/model-option.ts';
import { checkLoss, columnList, defaultTestSplit, isTable } from '../../options/table-options.ts';
import type { TrainArguments } from '../../options/train-arguments.ts';
import { UsageError } from '../../framework/usage-error.ts';

export function createOptimizer(args: TrainArguments): Optimizer {
  const weightDecay = args['weight-decay'];
  if (args.optimizer === 'sgd') {
    return sgd({ momentum: args.momentum ?? 0, nesterov: args.nesterov ?? false, weightDecay });
  }
  if (args.momentum !== undefined) throw new UsageError('--momentum goes with --optimizer sgd');
  if (args.nesterov !== undefined) throw new UsageError('--nesterov goes with --optimizer sgd');
  return adam({ weightDecay });
}

/** @throws UsageError if two ways to average the weights are asked for */
export function checkAverage({ ema, swa = 0 }: TrainArguments): void {
  if (ema !== undefined && swa > 0) {
    throw new UsageError('--ema and --swa are two ways to average the weights: give one of them');
  }
}

export function createSchedule(args: TrainArguments): Schedule {
  if (args.warmup !== undefined && args.schedule !== 'cosine') {
    throw new UsageError('--warmup goes with --schedule cosine');
  }
  const schedules = {
    constant: () => constant(),
    step: () => stepDecay(),
    cosine: () => cosine({ warmup: args.warmup ?? 0 }),
    'one-cycle': () => oneCycle(),
  };
  return schedules[args.schedule]();
}

/** The data set, limited as asked, and which of its training images are for training and which for validation. */
export function readTrainingData(args: TrainArguments): {
  readonly dataset: ImageDataset | TableDataset;
  readonly split: Split;
} {
  checkKindOfData(args);
  const dataset = isTable(args.data) ? readTableOf(args, args.data!) : readImages(args);
  const split = splitValidation(exampleCount(dataset.train), args['validation-split']);
  if (split.train.length === 0) {
    throw new UsageError('--validation-split leaves no image to train on; lower it or raise --limit');
  }
  return { dataset, split };
}

function readImages(args: TrainArguments): ImageDataset {
  const data = readData(args, { silent: args.quiet || args.json });
  return limitTraining(data, args.limit ?? Infinity);
}

function readTableOf(args: TrainArguments, path: string): TableDataset {
  const { target, task, limit = Infinity, seed } = args;
  if (target === undefined) {
    const { names } = readCsv(path);
    throw new UsageError(
      `--data ${path} is a table: --target says which column to predict, of ${names.join(', ')}`,
    );
  }
  if (args['test-data'] !== undefined && args['test-split'] !== undefined) {
    throw new UsageError('--test-split does not go with --test-data, whose rows are for the test');
  }
  const dataset = readTable(path, {
    target,
    task,
    ignore: columnList(args.ignore),
    categorical: columnList(args.categorical),
    testSplit: args['test-split'] ?? defaultTestSplit,
    testData: args['test-data'],
    seed,
    limit,
    validationSplit: args['validation-split'],
  });
  const isRegression = dataset.table.task === 'regression';
  const wrong =
    args['label-smoothing'] > 0
      ? 'label-smoothing'
      : args['class-weights'] === undefined
        ? null
        : 'class-weights';
  if (isRegression && wrong !== null) {
    throw new UsageError(
      `--${wrong} is for classes, and ${target} is a number; --task classification makes classes of it`,
    );
  }
  return dataset;
}

/** What a network for a table is trained with; undefined for images. */
export function createLoss(
  args: TrainArguments,
  dataset: ImageDataset | TableDataset,
  { train }: Split,
): LossSpec | undefined {
  if (!('table' in dataset)) return undefined;
  const loss = checkLoss(args.loss, dataset.table.task);
  if (loss !== 'huber') return lossOf(loss, '--loss');
  // its errors begin to count as absolute ones at one standard deviation of the targets, whatever their unit
  return huber({ delta: deviationOf(train.map((position) => dataset.train.y.values[position]!)) });
}

function deviationOf(values: ArrayLike<number>): number {
  const numbers = Array.from(values);
  const mean = numbers.reduce((sum, value) => sum + value / numbers.length, 0);
  const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2 / numbers.length, 0);
  return Number(Math.sqrt(variance).toPrecision(3)) || 1;
}

interface Modelled {
  readonly dataset: Dataset;
  readonly loss: LossSpec | undefined;
  /** The layers of a run that goes on: the file that they came from may have changed. */
  readonly saved?: unknown;
}

/** The network, and its layers as data, from which it can be built again. */
export function createModel(
  args: TrainArguments,
  { dataset, loss, saved }: Modelled,
): { readonly model: Sequential; readonly layers: unknown } {
  const classes = dataset.classNames.length || null;
  const layers = saved ?? modelLayers(args.model, { classes, dropout: args.dropout });
  const inputShape = exampleShape(dataset.train);
  const model = buildModel(layers, { source: args.model, inputShape, classes, seed: args.seed });
  if (loss !== undefined) model.loss = loss;
  return { layers, model };
}

/** The augmentation of the training images; undefined for a table. */
export function createAugmentOptions(
  args: TrainArguments,
  dataset: ImageDataset | TableDataset,
): AugmentOptions | undefined {
  if ('table' in dataset) return undefined;
  const augment = augmentOf(args);
  const { shift, rotate, fill, erase, cutout } = augment;
  const picture = args['augmented-picture'];
  const imageShape = exampleShape(dataset.train);
  const [height, width] = imageShape as [number, number];
  if (shift >= Math.min(height, width)) {
    throw new UsageError(`--shift ${shift} moves images of ${height}×${width} pixels out of sight; use less`);
  }
  if (cutout > Math.min(height, width)) {
    throw new UsageError(`--cutout ${cutout} is larger than images of ${height}×${width} pixels; use less`);
  }
  if (erase > 0 && cutout > 0) {
    throw new UsageError(
      '--erase and --cutout both make a part of an image black: give one of them (--erase 0 is none)',
    );
  }
  if (fill !== 'zeros' && shift === 0 && rotate === 0) {
    throw new UsageError(`--fill ${fill} goes with --shift or --rotate`);
  }
  if (picture !== undefined && !new Augmentation(augment, imageShape, args.seed).active) {
    throw new UsageError('--augmented-picture goes with --flip, --shift, --rotate, --erase or --cutout');
  }
  if (picture !== undefined && !/\.png$/i.test(picture)) {
    throw new UsageError(`--augmented-picture: expected a file name that ends in .png, got "${picture}"`);
  }
  if (picture !== undefined) refuseInputs('--augmented-picture', picture, classFolders(args.data));
  return augment;
}

/** The folders in the folder of the data, whose pictures are read; a file beside them is none of the data. */
function classFolders(data: string | undefined): string[] {
  if (data === undefined) return [];
  return readdirSync(data, { withFileTypes: true })
    .filter((entry) => !entry.isFile())
    .map(({ name }) => join(data, name));
}

/** Starts the engine. `auto` finds the fastest by timing a training step of this network on each. */
export function startTrainingEngine(
  args: TrainArguments,
  output: Output,
  {
    dataset,
    loss,
    layers,
    signal,
  }: Omit<Modelled, 'saved'> & { readonly layers: unknown; readonly signal: AbortSignal },
): Promise<Engine> {
  return startEngine(args, output, {
    signal,
    trial: (engine) => {
      const { model } = createModel(args, { dataset, loss, saved: layers }); // timing changes its weights
      return secondsPerStep(engine, model, dataset.train, args['batch-size']);
    },
  });
}
