import type { OptionValues } from '../../../sweep/space.ts';
import type { SweepMetric, Job, JobResult } from '../../../sweep/sweep.ts';
import { bestEpoch, type EpochResult } from '../../../train/history.ts';
import type { TrainedPart } from './train-process.ts';

interface Judged {
  readonly metric: SweepMetric;
  readonly options: OptionValues;
  readonly seconds: number;
  readonly where: string;
}

/**
 * What became of a job, by the validation of its last epoch; with early stopping of its best one, whose weights are kept.
 *
 * @throws Error if the run has no such measure
 */
export function resultOf(
  job: Job,
  { history, failure }: Pick<TrainedPart, 'history' | 'failure'>,
  { metric, options, seconds, where }: Judged,
): JobResult {
  const { trial, seed, rung } = job;
  const common = { trial, seed, rung, epochs: history.length, seconds: Number(seconds.toFixed(2)), where };
  if (failure !== null) return { ...common, score: null, failure };
  const score = judged(history, options)?.[metric];
  if (score === undefined || !Number.isFinite(score)) {
    throw new Error(
      history.at(-1)?.validation
        ? `a run has no ${metric} on its validation examples: the metric of a network for numbers is loss or meanAbsoluteError`
        : 'a run has no validation examples to be judged by: raise validation-split',
    );
  }
  return { ...common, score, failure: null };
}

function judged(history: readonly EpochResult[], options: OptionValues): EpochResult['validation'] {
  const best = options['early-stopping'] === undefined ? null : bestEpoch(history);
  return (best === null ? history.at(-1) : history[best - 1])?.validation ?? null;
}
