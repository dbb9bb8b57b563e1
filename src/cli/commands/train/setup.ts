import { didYouMean } from '../../../closest.ts';
import type { AugmentOptions } from '../../../data/augment.ts';
import type { Split } from '../../../data/batches.ts';
import type { Dataset } from '../../../data/dataset.ts';
import { exampleShape } from '../../../data/examples.ts';
import type { Sequential } from '../../../layers/sequential.ts';
import { buildModel } from '../../../model/build-model.ts';
import { adam } from '../../../optim/adam.ts';
import type { Optimizer } from '../../../optim/optimizer.ts';
import { constant, cosine, oneCycle, type Schedule, stepDecay } from '../../../optim/schedules.ts';
import { sgd } from '../../../optim/sgd.ts';
import { balancedClassWeights } from '../../../train/class-weights.ts';
import { modelLayers } from '../../options/model-option.ts';
import { real } from '../../framework/numbers.ts';
import type { TrainArguments } from '../../options/train-options.ts';
import { UsageError } from '../../framework/usage-error.ts';

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

/**
 * The network, and its layers as data, from which it can be built again.
 *
 * @param saved the layers of a run that goes on, which the file that they came from may not hold any more
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

/** A number for each class, in the order of the data set; nothing if all count alike. */
export function createClassWeights(
  args: TrainArguments,
  dataset: Dataset,
  split: Split,
): number[] | undefined {
  const text = args['class-weights'];
  if (text === undefined) return undefined;
  const { classNames, train } = dataset;
  if (text === 'balanced') {
    const labels = split.train.map((position) => train.labels.values[position]!);
    return balancedClassWeights(labels, classNames.length);
  }
  const parts = text.split(',').map((part) => part.trim());
  if (!text.includes('=')) {
    if (parts.length !== classNames.length) {
      throw new UsageError(
        `--class-weights: expected balanced, name=weight,… or ${classNames.length} numbers, one for each class, got ${parts.length}`,
      );
    }
    return parts.map(weightFrom);
  }
  const weights = new Map<string, number>();
  for (const part of parts) {
    const [name, weight] = part.split('=').map((side) => side.trim()) as [string, string | undefined];
    if (!classNames.includes(name)) {
      const hint = didYouMean(name, classNames);
      throw new UsageError(
        `--class-weights: no class "${name}"; ${hint}the classes are ${classNames.join(', ')}`,
      );
    }
    if (weights.has(name)) throw new UsageError(`--class-weights: ${name} is given twice`);
    weights.set(name, weightFrom(weight ?? ''));
  }
  return classNames.map((name) => weights.get(name) ?? 1);
}

const weightFrom = real('class-weights', { from: 0, to: Infinity });

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
