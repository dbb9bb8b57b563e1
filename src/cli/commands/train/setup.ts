/** From the options of the command line to the objects that training works with. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AugmentOptions } from '../../../data/augment.ts';
import { type Split, splitValidation } from '../../../data/batches.ts';
import { type Dataset, limitTraining } from '../../../data/dataset.ts';
import { exampleShape } from '../../../data/examples.ts';
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
import { readData } from '../../options/data-options.ts';
import { startEngine } from '../../options/engine-options.ts';
import { modelLayers } from '../../options/model-option.ts';
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
  readonly dataset: Dataset;
  readonly split: Split;
} {
  const data = readData(args, { silent: args.quiet || args.json });
  const dataset = limitTraining(data, args.limit ?? Infinity);
  const split = splitValidation(dataset.train.y.size, args['validation-split']);
  if (split.train.length === 0) {
    throw new UsageError('--validation-split leaves no image to train on; lower it or raise --limit');
  }
  return { dataset, split };
}

/**
 * The network, and its layers as data, from which it can be built again.
 *
 * @param saved the layers of a run that goes on: the file that they came from may have changed
 */
export function createModel(
  args: TrainArguments,
  dataset: Dataset,
  saved?: unknown,
): { readonly model: Sequential; readonly layers: unknown } {
  const classes = dataset.classNames.length;
  const layers = saved ?? modelLayers(args.model, { classes, dropout: args.dropout });
  const inputShape = exampleShape(dataset.train);
  return {
    layers,
    model: buildModel(layers, { source: args.model, inputShape, classes, seed: args.seed }),
  };
}

/** The augmentation of the training images. */
export function createAugmentOptions(args: TrainArguments, dataset: Dataset): AugmentOptions {
  const { flip, shift, rotate, erase, 'augmented-picture': picture } = args;
  const [height, width] = exampleShape(dataset.train) as [number, number];
  if (shift >= Math.min(height, width)) {
    throw new UsageError(`--shift ${shift} moves images of ${height}×${width} pixels out of sight; use less`);
  }
  if (picture !== undefined && !flip && shift === 0 && rotate === 0 && erase === 0) {
    throw new UsageError('--augmented-picture goes with --flip, --shift, --rotate or --erase');
  }
  if (picture !== undefined && !/\.png$/i.test(picture)) {
    throw new UsageError(`--augmented-picture: expected a file name that ends in .png, got "${picture}"`);
  }
  if (picture !== undefined) refuseInputs('--augmented-picture', picture, classFolders(args.data));
  return { flip, shift, rotate, erase };
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
    layers,
    signal,
  }: { readonly dataset: Dataset; readonly layers: unknown; readonly signal: AbortSignal },
): Promise<Engine> {
  return startEngine(args, output, {
    signal,
    trial: (engine) => {
      const model = createModel(args, dataset, layers).model; // timing changes its weights
      return secondsPerStep(engine, model, dataset.train, args['batch-size']);
    },
  });
}
