import { arch, cpus, platform } from 'node:os';
import { resolve } from 'node:path';
import { type Dataset, exampleShape } from '../data/dataset.ts';
import type { Sequential } from '../layers/sequential.ts';
import { countParameters } from '../model/summary.ts';
import type { ChosenEngine } from '../tensor/engines.ts';
import type { EpochResult } from '../train/fit.ts';
import type { FullEvaluation } from '../train/full-evaluation.ts';
import { version } from '../version.ts';
import { recipeOf } from './preset.ts';
import type { TrainArguments } from './train-options.ts';

/** config.json: everything that is needed to run the same again. */
export function configuration(
  args: TrainArguments,
  layers: unknown,
  learningRate: number,
  dataset: Dataset,
  chosen: ChosenEngine,
): object {
  return {
    preset: args.preset === undefined ? null : { name: args.preset, recipe: recipeOf(args) },
    model: args.model,
    dropout: args.dropout,
    inputShape: exampleShape(dataset.train),
    classNames: dataset.classNames,
    layers,
    data: args.data === undefined ? null : resolve(args.data),
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
    augment: { flip: args.flip, shift: args.shift, rotate: args.rotate, erase: args.erase },
    seed: args.seed,
    engine: { asked: args.engine, revectorize: args.revectorize, ...engineFacts(chosen) },
    versions: { weft: version, node: process.versions.node, v8: process.versions.v8 },
    machine: { platform: platform(), arch: arch(), cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length },
  };
}

/** metrics.json: what came out. */
export function metrics(
  args: TrainArguments,
  model: Sequential,
  chosen: ChosenEngine,
  history: readonly EpochResult[],
  { confusion, ...test }: FullEvaluation,
): object {
  const last = history.at(-1);
  return {
    model: args.model,
    parameters: countParameters(model),
    engine: engineFacts(chosen),
    seed: args.seed,
    epochs: history.length,
    batchSize: args['batch-size'],
    train: last ? { loss: last.loss, accuracy: last.accuracy } : null,
    validation: last?.validation ?? null,
    test,
    confusion,
    epochSeconds: history.map(({ seconds }) => seconds),
  };
}

function engineFacts({ engine, reason }: ChosenEngine): object {
  return { name: engine.name, threads: engine.threads, description: engine.description, reason };
}
