import { join } from 'node:path';
import type { Dataset } from '../../../data/dataset.ts';
import type { ResumeOptions } from '../../../train/training-options.ts';
import { readConfiguration, type RunConfiguration } from '../../../run/saved-run.ts';
import { readSavedState } from '../../../run/saved-state.ts';
import { optionsOfRun } from '../../options/config-file.ts';
import { formatImageSize } from '../../options/data-options.ts';
import { withDefaults } from '../../options/preset.ts';
import { type GivenArguments, type TrainArguments, trainOptions } from '../../options/train-options.ts';
import { UsageError } from '../../framework/usage-error.ts';

/** Options that do not change what the network learns from a step: a resumed run may have others than before. */
const free: ReadonlySet<string> = new Set([
  'resume',
  'epochs',
  'early-stopping',
  'engine',
  'threads',
  'revectorize',
  'report',
  'quiet',
  'json',
  'data', // which may have moved; its checksums are compared
]);

/** A run that is to go on. */
export interface ResumedRun {
  readonly path: string;
  readonly configuration: RunConfiguration;
  /** Null for a run that was killed before its first checkpoint: it begins again. */
  readonly saved: ResumeOptions | null;
}

/**
 * Reads the run that `--resume` names. Its settings are those of its `config.json`.
 *
 * @throws UsageError for a flag that contradicts them, or where nothing is left to train
 */
export function readResumedRun(
  path: string,
  given: GivenArguments,
): { readonly args: TrainArguments; readonly resumed: ResumedRun } {
  const configuration = readConfiguration(path);
  const before = withDefaults(optionsOfRun(configuration, join(path, 'config.json')));
  if (given.config !== undefined) throw new UsageError('--config does not go with --resume');
  if (given.out !== undefined) {
    throw new UsageError('--out does not go with --resume: the run goes on in its own folder');
  }
  const flags = Object.entries(given).filter(
    ([option, value]) => value !== undefined && option in trainOptions,
  );
  for (const [option, value] of flags) {
    const its = before[option as keyof TrainArguments];
    if (free.has(option) || JSON.stringify(value) === JSON.stringify(its)) continue;
    throw new UsageError(
      `--${option} ${show(value)} contradicts the run, which has ${show(its)}: a resumed run keeps its settings`,
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
  return { args, resumed: { path, configuration, saved } };
}

function show(value: TrainArguments[keyof TrainArguments]): string {
  if (value === undefined) return 'none';
  return typeof value === 'object' ? formatImageSize(value) : String(value);
}

/** The number of finished epochs. */
export function epochsDone(saved: ResumeOptions | null): number {
  return saved?.state.history.length ?? 0;
}

/** @throws Error unless these are the files that the run was made with */
export function checkSameData({ path, configuration }: ResumedRun, { checksums, name }: Dataset): void {
  const before = configuration.dataset.checksums;
  const changed = Object.keys({ ...before, ...checksums }).find((file) => before[file] !== checksums[file]);
  if (changed !== undefined) {
    throw new Error(
      `${path}: cannot go on with the data ${name}: ${changed} is not the file that it was trained on`,
    );
  }
}

/** What a person should know about a run that goes on otherwise than it began. */
export function describeChanges(
  { configuration, saved }: ResumedRun,
  args: TrainArguments,
  engine: string,
): string[] {
  const {
    epochs,
    schedule,
    engine: engineBefore,
  } = configuration as RunConfiguration & {
    readonly epochs?: unknown;
    readonly schedule?: unknown;
    readonly engine?: { readonly name?: unknown };
  };
  const changes: string[] = [];
  if (epochsDone(saved) === args.epochs) {
    changes.push(`all ${args.epochs} epochs are trained already: for more, give a larger number to --epochs`);
  }
  if (args.epochs !== epochs && schedule !== 'constant') {
    changes.push(
      `the schedule ${String(schedule)} now ends at epoch ${args.epochs} instead of ${String(epochs)}: the learning rates ` +
        'of the epochs to come follow it, those of the epochs before did not',
    );
  }
  if (engineBefore?.name !== engine) {
    changes.push(
      `the run began on the engine ${String(engineBefore?.name)}: from here on its results agree with that to rounding only`,
    );
  }
  return changes;
}
