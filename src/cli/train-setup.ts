import type { AugmentOptions } from '../data/augment.ts';
import { type Dataset, exampleShape } from '../data/dataset.ts';
import type { Sequential } from '../layers/sequential.ts';
import { buildModel } from '../model/build-model.ts';
import { adam } from '../optim/adam.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { constant, cosine, oneCycle, type Schedule, stepDecay } from '../optim/schedules.ts';
import { sgd } from '../optim/sgd.ts';
import { modelLayers } from './model-option.ts';
import type { TrainArguments } from './train-options.ts';
import { UsageError } from './usage-error.ts';

/** From the words on the command line to the objects that `fit` works with. */
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

/** The network, and its layers as data, from which it can be built again. */
export function createModel(
  args: TrainArguments,
  dataset: Dataset,
): { readonly model: Sequential; readonly layers: unknown } {
  const classes = dataset.classNames.length;
  const layers = modelLayers(args.model, { classes, dropout: args.dropout });
  const inputShape = exampleShape(dataset.train);
  return {
    layers,
    model: buildModel(layers, { source: args.model, inputShape, classes, seed: args.seed }),
  };
}

/** What to do to the training images; checks the options that belong to it. */
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
  return { flip, shift, rotate, erase };
}
