import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeAllAtomically } from '../../../atomic-write.ts';
import { csvFile, readHistory } from '../../../run/history.ts';
import { readTestEvaluation } from '../../../run/metrics.ts';
import { parametersOf, type ReportedTrial } from '../../../report/sweep/contents.ts';
import { sweepReportPage } from '../../../report/sweep/page.ts';
import { shortNumber } from '../../../report/format.ts';
import type { Decisions } from '../../../sweep/decisions.ts';
import { namesIn, type OptionValue, type OptionValues } from '../../../sweep/space.ts';
import { type Sweep, trialsOf } from '../../../sweep/sweep.ts';
import { areOfNumbers } from '../../../train/measures.ts';
import { percent } from '../../framework/percent.ts';
import { withRecipe } from '../../options/preset.ts';
import { bestRun } from './best-run.ts';
import { optionsOf } from './sweep-options.ts';
import { runFolder } from './sweep-folder.ts';

/** Writes `sweep.html`, `trials.csv` and `trials.json` into the folder of a sweep. @returns the names of the files */
export async function writeSweepReport(path: string, plan: Sweep, decisions: Decisions): Promise<string[]> {
  const trials = reportedTrials(plan, decisions);
  const best = bestRun(plan, decisions);
  const bestFolder = best && runFolder(path, best);
  const test = bestFolder && readTestEvaluation(bestFolder);
  const last = decisions.rungs.length - 1;
  const page = sweepReportPage({
    title: `Sweep ${basename(path)}`,
    metric: plan.metric,
    options: plan.options,
    planned: trialsOf(plan).length,
    seeds: plan.seeds,
    trials,
    scoresInOrder: wholeScoresInOrder(decisions, last),
    history: bestFolder !== null && existsSync(join(bestFolder, csvFile)) ? readHistory(bestFolder) : [],
    test:
      test &&
      (areOfNumbers(test)
        ? `mean absolute error ${shortNumber(test.meanAbsoluteError)}`
        : `accuracy ${percent(test.accuracy)}`),
  });
  const files = new Map([
    ['sweep.html', page],
    ['trials.csv', csvOf(trials, plan.metric)],
    ['trials.json', `${JSON.stringify({ metric: plan.metric, options: plan.options, trials }, null, 2)}\n`],
  ]);
  await writeAllAtomically(path, files);
  return [...files.keys()];
}

/** The best first, those that failed last. */
function reportedTrials(plan: Sweep, decisions: Decisions): ReportedTrial[] {
  const trials = trialsOf(plan);
  const names = namesIn(trials);
  const last = decisions.rungs.length - 1;
  const of = (trial: number): Pick<ReportedTrial, 'trial' | 'values' | 'isGiven' | 'epochs' | 'seconds'> => {
    const results = decisions.results.filter((result) => result.trial === trial);
    return {
      trial,
      values: effective(plan, trials[trial]!, names),
      isGiven: trial < plan.include.length,
      epochs: Math.max(0, ...results.map(({ epochs }) => epochs)),
      seconds: results.reduce((sum, { seconds }) => sum + seconds, 0),
    };
  };
  const ranked = decisions.ranking().map(({ trial, rung, score }) => ({
    ...of(trial),
    score,
    failure: null,
    isWhole: rung === last,
  }));
  const failures = decisions.results.filter(({ failure }) => failure !== null);
  const failed = [...new Map(failures.map((result) => [result.trial, result.failure]))]
    .filter(([trial]) => !ranked.some((one) => one.trial === trial))
    .map(([trial, failure]) => ({ ...of(trial), score: null, failure, isWhole: false }));
  return [...ranked, ...failed];
}

/** What a trial does not set, its options or their defaults do. */
function effective(plan: Sweep, values: OptionValues, names: readonly string[]): OptionValues {
  const all = withRecipe(optionsOf(plan, values)) as unknown as Readonly<
    Record<string, OptionValue | undefined>
  >;
  return Object.fromEntries(
    names.flatMap((name): [string, OptionValue][] => (all[name] === undefined ? [] : [[name, all[name]]])),
  );
}

/** A trial comes when the last of its seeds does. */
function wholeScoresInOrder(decisions: Decisions, last: number): number[] {
  const trials = decisions.results
    .filter(({ rung }) => rung === last)
    .map(({ trial }) => trial)
    .toReversed();
  return [...new Set(trials)].toReversed().flatMap((trial) => decisions.score(trial, last) ?? []);
}

function csvOf(trials: readonly ReportedTrial[], metric: string): string {
  const names = parametersOf(trials);
  const cell = (value: OptionValue | null | undefined): string => {
    const text = String(value ?? '');
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const head = ['trial', metric, 'epochs', 'whole', 'seconds', 'failure', ...names];
  const rows = trials.map((trial) => [
    trial.trial,
    trial.score,
    trial.epochs,
    trial.isWhole,
    trial.seconds.toFixed(2),
    trial.failure,
    ...names.map((name) => trial.values[name]),
  ]);
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}
