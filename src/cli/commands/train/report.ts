import { arch, cpus, platform } from 'node:os';
import { resolve } from 'node:path';
import type { Split } from '../../../data/batches.ts';
import type { Dataset } from '../../../data/dataset.ts';
import { exampleShape } from '../../../data/examples.ts';
import type { Sequential } from '../../../layers/sequential.ts';
import { countParameters } from '../../../model/parameter-count.ts';
import { summarize } from '../../../model/summary.ts';
import type { ChosenEngine } from '../../../engine/create-engine.ts';
import type { EpochResult } from '../../../train/history.ts';
import type { FullEvaluation } from '../../../train/full-evaluation.ts';
import type { KeptWeights } from '../../../run/saved-state.ts';
import { version } from '../../../version.ts';
import type { Output } from '../../framework/output.ts';
import { describePreset, recipeOf } from '../../options/preset.ts';
import { epochsDone, type ResumedRun } from './resume.ts';
import type { TrainArguments } from '../../options/train-options.ts';

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
    imageSize: dataset.pictures?.imageSize ?? null,
    channels: dataset.pictures?.channels ?? null,
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
    earlyStopping: args['early-stopping'] ?? null,
    augment: { flip: args.flip, shift: args.shift, rotate: args.rotate, erase: args.erase },
    seed: args.seed,
    engine: { asked: args.engine, revectorize: args.revectorize, ...engineFacts(chosen) },
    versions: { weft: version, node: process.versions.node, v8: process.versions.v8 },
    machine: { platform: platform(), arch: arch(), cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length },
  };
}

/** metrics.json: what came out, with the weights that were kept. */
export function metrics(
  args: TrainArguments,
  model: Sequential,
  chosen: ChosenEngine,
  history: readonly EpochResult[],
  { epoch, kept }: KeptWeights,
  { confusion, ...test }: FullEvaluation,
): object {
  const result = history[epoch - 1];
  return {
    model: args.model,
    parameters: countParameters(model),
    engine: engineFacts(chosen),
    seed: args.seed,
    epochs: history.length,
    batchSize: args['batch-size'],
    weights: { epoch, kept },
    train: result ? { loss: result.loss, accuracy: result.accuracy } : null,
    validation: result?.validation ?? null,
    test,
    confusion,
    epochSeconds: history.map(({ seconds }) => seconds),
  };
}

function engineFacts({ engine, reason }: ChosenEngine): object {
  return { name: engine.name, threads: engine.threads, description: engine.description, reason };
}

/** What a run is about to do, before it begins. */
export function announce(
  output: Output,
  args: TrainArguments,
  { model, dataset, split, chosen, resumed }: PlannedRun,
): void {
  const { engine, reason } = chosen;
  const picture = args['augmented-picture'];
  output.text(`${summarize(model)}\n`);
  for (const line of describePreset(args)) output.text(line);
  output.text(
    `data    ${dataset.name}: ${split.train.length} training, ${split.validation.length} validation, ` +
      `${dataset.test.labels.size} test images`,
  );
  for (const remark of dataset.remarks ?? []) output.text(`        ${remark}`);
  if (picture !== undefined) {
    output.text(`picture ${picture}: an image of each class, and as epochs 1 to 8 see it`);
  }
  output.text(`engine  ${engine.name}: ${engine.description} (${reason})`);
  if (resumed) output.text(`resumed ${resumed.path}, after ${epochsDone(resumed.saved)} epochs`);
  output.text('');
  output.event('start', {
    preset: args.preset ?? null,
    model: args.model,
    parameters: countParameters(model),
    engine: engine.name,
    threads: engine.threads,
    reason,
    ...(picture === undefined ? {} : { augmentedPicture: picture }),
    ...(resumed ? { resumed: resumed.path, epochs: epochsDone(resumed.saved) } : {}),
  });
}

export interface PlannedRun {
  readonly model: Sequential;
  readonly dataset: Dataset;
  readonly split: Split;
  readonly chosen: ChosenEngine;
  readonly resumed: ResumedRun | null;
}

/** Which weights early stopping has kept, and whether it has ended the run. */
export function keptLine(kept: KeptWeights, history: readonly EpochResult[], args: TrainArguments): string {
  const done = history.length;
  const end =
    done < args.epochs
      ? `stopped after epoch ${done}: none of the last ${args['early-stopping']} was better`
      : `all ${done} epochs were trained`;
  return `kept    epoch ${kept.epoch}, the best by validation loss; ${end}`;
}
