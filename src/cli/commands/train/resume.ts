import { join } from 'node:path';
import type { Dataset } from '../../../data/dataset.ts';
import type { ResumeOptions } from '../../../train/training-options.ts';
import {
  configFile,
  readConfiguration,
  type RunConfiguration,
  type TrainingConfiguration,
} from '../../../run/config.ts';
import { RunFolder } from '../../../run/folder.ts';
import { readSavedState } from '../../../run/saved-state.ts';
import { formatImageSize } from '../../options/data-options.ts';
import { withDefaults } from '../../options/preset.ts';
import { optionsOfRun } from '../../options/run-configuration.ts';
import type { GivenArguments, TrainArguments } from '../../options/train-arguments.ts';
import { trainOptions } from '../../options/train-options.ts';
import { UsageError } from '../../framework/usage-error.ts';

/** Options that may change when a run goes on, because they do not change what the network learns from a step. */
const free: ReadonlySet<string> = new Set([
  'resume',
  'epochs',
  'until',
  'test',
  'early-stopping',
  'engine',
  'threads',
  'revectorize',
  'report',
  'quiet',
  'json',
  'data', // it may have moved; checksums show whether the data are the same
  'test-data',
]);

/** A run that is to go on. */
export interface ResumedRun {
  readonly path: string;
  /** Locked since before the state was read, so that no other process can have gone on with the run meanwhile. */
  readonly folder: RunFolder;
  readonly configuration: RunConfiguration;
  /** Null for a run that was killed before its first checkpoint: it starts again from the beginning. */
  readonly saved: ResumeOptions | null;
}

/**
 * Locks the run that `--resume` names and reads it, with its options from its `config.json`. The caller closes its folder.
 *
 * @throws UsageError for a flag that contradicts them, or if more epochs are finished than asked for
 */
export function openResumedRun(
  path: string,
  given: GivenArguments,
): { readonly args: TrainArguments; readonly resumed: ResumedRun } {
  readConfiguration(path); // nothing is written into a folder that is not that of a run
  const folder = RunFolder.open(path);
  try {
    return readResumedRun(folder, given);
  } catch (error) {
    folder.close();
    throw error;
  }
}

function readResumedRun(
  folder: RunFolder,
  given: GivenArguments,
): { readonly args: TrainArguments; readonly resumed: ResumedRun } {
  const { path } = folder;
  const configuration = readConfiguration(path);
  const before = withDefaults(optionsOfRun(configuration, join(path, configFile)));
  if (given.config !== undefined) throw new UsageError('--config does not go with --resume');
  if (given.out !== undefined) {
    throw new UsageError('--out does not go with --resume: the run goes on in its own folder');
  }
  const flags = Object.entries(given).filter(
    ([option, value]) => value !== undefined && option in trainOptions,
  );
  for (const [option, value] of flags) {
    const itsValue = before[option as keyof TrainArguments];
    if (free.has(option) || JSON.stringify(value) === JSON.stringify(itsValue)) continue;
    throw new UsageError(
      `--${option} ${show(value)} contradicts the run, which has ${show(itsValue)}: a resumed run keeps its settings`,
    );
  }
  const args: TrainArguments = { ...before, ...Object.fromEntries(flags) };
  const saved = readSavedState(path);
  const done = epochsDone(saved);
  if (args.epochs < done) {
    throw new UsageError(
      `--epochs ${args.epochs}: the run has finished ${done} epochs already; ask for more`,
    );
  }
  return { args, resumed: { path, folder, configuration, saved } };
}

function show(value: TrainArguments[keyof TrainArguments]): string {
  if (value === undefined) return 'none';
  return typeof value === 'object' ? formatImageSize(value) : String(value);
}

/** The number of finished epochs. */
export function epochsDone(saved: ResumeOptions | null): number {
  return saved?.state.history.length ?? 0;
}

/** @throws Error unless the files of the data are the ones that the run was trained on */
export function checkSameData({ path, configuration }: ResumedRun, { checksums, name }: Dataset): void {
  const before = configuration.dataset.checksums;
  const changed = Object.keys({ ...before, ...checksums }).find((file) => before[file] !== checksums[file]);
  if (changed !== undefined) {
    throw new Error(
      `${path}: cannot go on with the data ${name}: ${changed} is not the file that it was trained on`,
    );
  }
}

/** Lines that say what is different from now on. */
export function describeChanges(
  { configuration, saved }: ResumedRun,
  args: TrainArguments,
  engine: string,
): string[] {
  // an earlier version may have written less
  const { epochs, schedule, engine: engineBefore } = configuration as Partial<TrainingConfiguration>;
  const changes: string[] = [];
  if (epochsDone(saved) === args.epochs) {
    changes.push(`all ${args.epochs} epochs are trained already: for more, raise --epochs`);
  }
  if (args.epochs !== epochs && schedule !== 'constant') {
    changes.push(
      `the schedule ${String(schedule)} now ends at epoch ${args.epochs} instead of ${String(epochs)}: the learning rates ` +
        'of the epochs so far did not follow it',
    );
  }
  if (engineBefore?.name !== engine) {
    changes.push(
      `the run began on the engine ${String(engineBefore?.name)}: from now on, results may differ from that engine's by rounding`,
    );
  }
  return changes;
}
