import { arch, cpus, platform } from 'node:os';
import { resolve } from 'node:path';
import Table from 'cli-table3';
import { type Dataset, exampleShape } from '../data/dataset.ts';
import type { Sequential } from '../layers/sequential.ts';
import { countParameters } from '../model/summary.ts';
import type { ChosenEngine } from '../tensor/engines.ts';
import type { Evaluation } from '../train/evaluator.ts';
import type { EpochResult } from '../train/fit.ts';
import { classReports } from '../train/metrics.ts';
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
    init: args.init === undefined ? null : resolve(args.init),
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
  test: Evaluation,
  confusion: readonly (readonly number[])[],
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
    test: { loss: test.loss, accuracy: test.accuracy },
    confusion,
    epochSeconds: history.map(({ seconds }) => seconds),
  };
}

function engineFacts({ engine, reason }: ChosenEngine): object {
  return { name: engine.name, threads: engine.threads, description: engine.description, reason };
}

/** A table of precision, recall and F1 for each class. */
export function classTable(classNames: readonly string[], confusion: readonly (readonly number[])[]): string {
  const table = new Table({
    head: ['class', 'precision', 'recall', 'F1', 'images'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const [index, report] of classReports(confusion).entries()) {
    const shares = [report.precision, report.recall, report.f1];
    const cells = shares.map((share) => (Number.isNaN(share) ? '–' : share.toFixed(3)));
    table.push([classNames[index]!, ...cells, String(report.support)]);
  }
  return table.toString();
}
