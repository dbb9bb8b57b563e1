import type { Split } from '../../../data/batches.ts';
import type { Dataset } from '../../../data/dataset.ts';
import { exampleCount } from '../../../data/examples.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { LossSpec } from '../../../layers/loss.ts';
import type { Sequential } from '../../../layers/sequential.ts';
import { countParameters } from '../../../model/parameter-count.ts';
import { summarize } from '../../../model/summary.ts';
import { unitOf } from '../../../run/config.ts';
import type { Output } from '../../framework/output.ts';
import { terminalColumns } from '../../framework/terminal-columns.ts';
import { describePreset } from '../../options/preset.ts';
import type { TrainArguments } from '../../options/train-arguments.ts';
import { describeChanges, epochsDone, type ResumedRun } from './resume.ts';

/** `huber, delta 2.5` */
function describeLoss(loss: LossSpec): string {
  const { type, ...options } = loss.describe();
  return [type, ...Object.entries(options).map(([option, value]) => `${option} ${value}`)].join(', ');
}

export interface PlannedRun {
  readonly args: TrainArguments;
  readonly model: Sequential;
  readonly dataset: Dataset;
  readonly split: Split;
  readonly engine: Engine;
  readonly resumed: ResumedRun | null;
}

/** Says what a run is about to do: network, data, engine, and the run that it continues. */
export function announce(output: Output, { args, model, dataset, split, engine, resumed }: PlannedRun): void {
  const picture = args['augmented-picture'];
  const unit = unitOf(dataset);
  output.block(`${summarize(model, { columns: terminalColumns() })}\n`);
  for (const line of describePreset(args)) output.text(line);
  output.text(
    `data    ${dataset.name}: ${split.train.length} training, ${split.validation.length} validation, ` +
      `${exampleCount(dataset.test)} test ${unit}`,
  );
  for (const remark of dataset.remarks ?? []) output.text(`        ${remark}`);
  if (model.loss && 'table' in dataset) output.text(`loss    ${describeLoss(model.loss)}`);
  if (picture !== undefined) {
    output.text(`picture ${picture}: an image of each class, and as epochs 1 to 8 see it`);
  }
  output.text(`engine  ${engine.name}: ${engine.description} (${engine.reason})`);
  if (resumed) output.text(`resumed ${resumed.path}, after ${epochsDone(resumed.saved)} epochs`);
  output.text('');
  output.event('start', {
    preset: args.preset ?? null,
    model: args.model,
    parameters: countParameters(model),
    engine: engine.name,
    threads: engine.threads,
    reason: engine.reason,
    ...(picture === undefined ? {} : { augmentedPicture: picture }),
    ...(resumed ? { resumed: resumed.path, epochs: epochsDone(resumed.saved) } : {}),
  });
  if (resumed) for (const change of describeChanges(resumed, args, engine.name)) output.note(change);
}
