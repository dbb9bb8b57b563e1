/** A job as it goes through the queue. It is data: options to be checked, and layers, but no code and no place of a file. */
import { readModelFile } from '../../../model/model-file.ts';
import {
  type Expected,
  firstMismatch,
  isCount,
  isObject,
  isSize,
  isText,
  optional,
} from '../../../run/expected.ts';
import { showValue } from '../../../show-value.ts';
import type { OptionValues } from '../../../sweep/space.ts';
import type { Job } from '../../../sweep/sweep.ts';
import { UsageError } from '../../framework/usage-error.ts';
import { checkOptions } from '../../options/check-options.ts';
import { modelName } from '../../options/model-option.ts';
import { isModelFile, placeIn } from './sweep-options.ts';

export interface QueuedJob extends Job {
  /** The epoch to stop after; null for that of the run. */
  readonly until: number | null;
  /** Of `weft train`, without those that name a file or a folder. */
  readonly options: OptionValues;
  /** The layers of a model file, which stay with the job; null for a network by its name. */
  readonly model: { readonly name: string; readonly layers: unknown } | null;
}

/** @throws UsageError if an option names a file that workers do not have */
export function queuedJob(job: Job, until: number | null, options: OptionValues): QueuedJob {
  const { model, data: _, ...others } = options;
  const wrong = placeIn(others);
  if (wrong !== undefined) {
    throw new UsageError(`--redis: ${wrong} names a place of this machine, and other machines do the runs`);
  }
  const { trial, seed, rung } = job;
  const common = { trial, seed, rung, until };
  if (!isModelFile(model)) {
    return { ...common, options: { ...others, ...(model !== undefined && { model }) }, model: null };
  }
  const name = modelName(model)
    .replaceAll(/[^\w-]/g, '-')
    .slice(0, 100);
  return { ...common, options: others, model: { name, layers: readModelFile(model) } };
}

const expectedJob: { readonly [field in keyof QueuedJob]: Expected } = {
  trial: isCount,
  seed: isCount,
  rung: isCount,
  until: optional(isSize),
  options: isObject,
  model: optional({ name: (value) => isText(value) && /^[\w-]{1,100}$/.test(value), layers: Array.isArray }),
};

/** @throws UsageError in one line for anything but a job: whoever reaches the server can write to the queue */
export function checkQueuedJob(value: unknown): QueuedJob {
  if (typeof value !== 'object' || value === null) {
    throw new UsageError(`expected a job, got ${showValue(value)}`);
  }
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(expectedJob, key));
  if (unknown !== undefined) throw new UsageError(`a job has no ${showValue(unknown)}`);
  const mismatch = firstMismatch(value, expectedJob);
  if (mismatch !== null) throw new UsageError(`a job: ${mismatch}`);
  const job = value as QueuedJob;
  checkOptions(job.options, 'a job');
  const wrong = placeIn(job.options);
  if (wrong !== undefined || isModelFile(job.options['model'])) {
    throw new UsageError(`a job: ${wrong ?? 'model'} names a place on this machine`);
  }
  return job;
}
