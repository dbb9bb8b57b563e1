/** From the options of `weft train` to the `config.json` of a run, and back. */
import { arch, cpus, platform } from 'node:os';
import { resolve } from 'node:path';
import type { ImageDataset } from '../../data/dataset.ts';
import type { TableDataset } from '../../data/table/table-dataset.ts';
import type { LossSpec } from '../../layers/loss.ts';
import { exampleShape } from '../../data/examples.ts';
import type { ImageSize } from '../../data/pictures/scale-image.ts';
import type { Engine } from '../../engine/engine.ts';
import type { TrainingConfiguration } from '../../run/config.ts';
import { engineFacts } from '../../run/engine-facts.ts';
import { version } from '../../version.ts';
import { augmentOf } from './augment-of.ts';
import { camelCase, checkOptions, fileOptionNames } from './check-options.ts';
import { formatImageSize } from './data-options.ts';
import { recipeOf } from './preset.ts';
import type { GivenArguments, TrainArguments } from './train-arguments.ts';

export interface ConfigurationParts {
  /** As data, for `buildModel`. */
  readonly layers: unknown;
  readonly learningRate: number;
  readonly dataset: ImageDataset | TableDataset;
  /** Undefined for images, which have no choice. */
  readonly loss: LossSpec | undefined;
  readonly engine: Engine;
}

export function configurationOf(
  args: TrainArguments,
  { layers, learningRate, dataset, loss, engine }: ConfigurationParts,
): TrainingConfiguration {
  return {
    preset: args.preset === undefined ? null : { name: args.preset, recipe: recipeOf(args) },
    model: args.model,
    dropout: args.dropout,
    init: args.init === undefined ? null : resolve(args.init),
    inputShape: exampleShape(dataset.train),
    classNames: dataset.classNames,
    layers,
    data: args.data === undefined ? null : resolve(args.data),
    ...settingsOfData(args, dataset),
    ...(loss && { loss: loss.describe() }),
    dataset: { name: dataset.name, checksums: dataset.checksums },
    limit: args.limit ?? null,
    validationSplit: args['validation-split'],
    epochs: args.epochs,
    batchSize: args['batch-size'],
    optimizer: args.optimizer,
    learningRate,
    momentum: args.momentum ?? null,
    nesterov: args.nesterov ?? null,
    weightDecay: args['weight-decay'],
    schedule: args.schedule,
    warmup: args.warmup ?? null,
    l2: args.l2,
    labelSmoothing: args['label-smoothing'],
    classWeights: args['class-weights'] ?? null,
    gradientClip: args['gradient-clip'] ?? null,
    ema: args.ema ?? null,
    swa: args.swa ?? null,
    earlyStopping: args['early-stopping'] ?? null,
    augment: augmentOf(args),
    tta: args.tta,
    seed: args.seed,
    engine: { asked: args.engine, revectorize: args.revectorize, ...engineFacts(engine) },
    versions: { weft: version, node: process.versions.node, v8: process.versions.v8 },
    machine: { platform: platform(), arch: arch(), cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length },
  };
}

function settingsOfData(
  args: TrainArguments,
  dataset: ImageDataset | TableDataset,
): Pick<TrainingConfiguration, 'imageSize' | 'channels' | 'table'> {
  if ('table' in dataset) {
    const { testData, ...table } = dataset.table;
    return {
      table: {
        ...table,
        testData: testData === null ? null : resolve(testData),
        ignore: args.ignore ?? null,
        categorical: args.categorical ?? null,
      },
    };
  }
  return { imageSize: dataset.pictures?.imageSize ?? null, channels: dataset.pictures?.channels ?? null };
}

/**
 * The options that a run was made with.
 *
 * @param configuration the content of its `config.json`
 * @param source begins the message of an error
 * @throws UsageError for a value that the flag would refuse
 */
export function optionsOfRun(configuration: object, source: string): GivenArguments {
  const { preset, engine, augment, imageSize, table, loss, ...rest } = configuration as Readonly<
    Record<string, unknown>
  >;
  const flat: Record<string, unknown> = {
    ...(table as object | null),
    ...rest,
    loss: (loss as { type?: unknown } | null)?.type,
    ...(augment as object | null),
    imageSize: imageSize && formatImageSize(imageSize as ImageSize),
    preset: (preset as { name?: unknown } | null)?.name,
    engine: (engine as { asked?: unknown } | null)?.asked,
    revectorize: (engine as { revectorize?: unknown } | null)?.revectorize,
  };
  const known = fileOptionNames.map((name) => [name, flat[camelCase(name)]] as const);
  return checkOptions(
    Object.fromEntries(known.filter(([, value]) => value !== undefined && value !== null)),
    source,
  );
}
