import { relative } from 'node:path';
import { shortNumber } from '../../../report/format.ts';
import type { Decisions } from '../../../sweep/decisions.ts';
import { namesIn, type OptionValues } from '../../../sweep/space.ts';
import {
  keyOf,
  type Sweep,
  type SweepMetric,
  type Job,
  type JobResult,
  trialsOf,
} from '../../../sweep/sweep.ts';
import { areOfNumbers, type Measures } from '../../../train/measures.ts';
import { textTable } from '../../../text-table.ts';
import { visible } from '../../../visible.ts';
import type { Output } from '../../framework/output.ts';
import { percent } from '../../framework/percent.ts';
import { type Progress, startProgress } from '../../framework/progress.ts';
import { terminalColumns } from '../../framework/terminal-columns.ts';
import { asFlags } from '../../options/preset.ts';
import { bestRun } from './best-run.ts';
import { runFolder, type SweepFolder } from './sweep-folder.ts';

const shownTrials = 10;

/** Says how a sweep stands: a bar for all of it, a line for each trial that is the best so far, and a table at the end. */
export class Standing {
  readonly #plan: Sweep;
  readonly #decisions: Decisions;
  readonly #output: Output;
  readonly #trials: readonly OptionValues[];
  #progress: Progress;
  /** New epochs of the jobs that run. */
  readonly #running = new Map<string, number>();
  #best: ReturnType<Decisions['ranking']>[0] | null = null;
  /** Epochs of the jobs that are done, and of all jobs. */
  #done = 0;
  #total = 0;
  #folder = '';

  constructor(plan: Sweep, decisions: Decisions, output: Output) {
    this.#plan = plan;
    this.#decisions = decisions;
    this.#output = output;
    this.#trials = trialsOf(plan);
    this.#progress = startProgress({ task: 'sweep', unit: 'epochs', silent: output.isSilent });
  }

  begin(workers: string, { path }: SweepFolder): void {
    const { seeds, halving, metric } = this.#plan;
    this.#folder = path;
    const runs = `${this.#trials.length} trials${seeds.length > 1 ? ` with ${seeds.length} seeds each` : ''}`;
    const rungs = halving ? `, judged after ${this.#decisions.rungs.join(', ')} epochs` : '';
    this.#output.text(`sweep   ${runs}${rungs}, by the validation ${nameOf(metric)}`);
    this.#output.text(`runs    ${workers}`);
    const known = this.#decisions.results.length;
    if (known > 0)
      this.#output.text(`        ${known} ${known === 1 ? 'result is' : 'results are'} there already`);
    this.#sum();
  }

  onEpoch(job: Job, epoch: number): void {
    const before = job.rung === 0 ? 0 : this.#decisions.rungs[job.rung - 1]!;
    this.#running.set(keyOf(job), Math.max(0, epoch - before));
    this.#update();
  }

  onResult(result: JobResult): void {
    this.#running.delete(keyOf(result));
    const { trial, seed, failure, epochs, score } = result;
    this.#output.event('result', { ...result, options: this.#trials[trial]! });
    const before = this.#best?.trial;
    this.#sum();
    const best = this.#best;
    if (failure !== null) this.#output.note(`trial ${trial}, seed ${seed}: ${failure}`);
    else if (best?.trial === trial && before !== trial && score !== null) {
      const values = valuesText(this.#trials[trial]!);
      const line = `best    trial ${trial}: ${scoreText(this.#plan.metric, best.score)} after ${epochs} epochs: ${values}`;
      // the bar, on the same line of a terminal, is drawn again below it
      this.#output.picture(`${process.stderr.isTTY ? '\r\u001B[K' : ''}${visible(line)}`);
    }
    this.#update();
  }

  stop(): void {
    this.#progress.stop();
  }

  /** A table of the best trials. */
  end(isInterrupted: boolean, test: Measures | null): void {
    const ranking = this.#decisions.ranking();
    const { metric, include } = this.#plan;
    if (isInterrupted) {
      this.#output.note(
        `interrupted after ${this.#decisions.results.length} results; runs that had begun are kept`,
      );
    }
    if (ranking.length === 0) return;
    const names = namesIn(this.#trials);
    const rows = ranking
      .slice(0, shownTrials)
      .map(({ trial, rung, score }) => [
        trial < include.length ? `${trial} (given)` : String(trial),
        scoreText(metric, score),
        epochsText(this.#decisions, trial, rung),
        ...names.map((name) => String(this.#trials[trial]![name] ?? '–')),
      ]);
    const head = ['trial', `validation ${nameOf(metric)}`, 'epochs', ...names];
    this.#output.block(`\n${textTable({ head, rows, columns: terminalColumns() })}\n`);
    const best = bestRun(this.#plan, this.#decisions)!;
    const given = ranking.find(({ trial }) => trial < include.length);
    const beside =
      given && given.trial !== best.trial ? `; given were ${scoreText(metric, given.score)}` : '';
    this.#output.result(
      `best: trial ${best.trial}, validation ${nameOf(metric)} ${scoreText(metric, ranking[0]!.score)}${beside}`,
    );
    if (test) this.#output.result(`on the test examples, which it alone has seen: ${testText(test)}`);
    this.#output.text(`its run is ${relative('.', runFolder(this.#folder, best))}`);
    this.#output.text(
      `as flags: ${asFlags(Object.entries({ ...this.#plan.options, ...this.#trials[best.trial]! }))}`,
    );
  }

  /** What only results change: it takes a look at all trials. */
  #sum(): void {
    const { results } = this.#decisions;
    this.#done = results.reduce((sum, result) => sum + this.#epochsOf(result), 0);
    this.#total = this.#expectedEpochs();
    this.#best = this.#decisions.ranking()[0] ?? null;
  }

  #update(): void {
    const running = [...this.#running.values()].reduce((sum, epoch) => sum + epoch, 0);
    const details = this.#best ? [`best ${scoreText(this.#plan.metric, this.#best.score)}`] : [];
    this.#progress.update(Math.min(this.#done + running, this.#total), Math.ceil(this.#total), details);
  }

  /** New epochs of a job. */
  #epochsOf({ rung, epochs }: JobResult): number {
    const { rungs } = this.#decisions;
    return rung === 0 ? epochs : Math.max(0, epochs - rungs[rung - 1]!);
  }

  /** Epochs of all jobs; where it is not known whether a trial goes on, as many as are likely. */
  #expectedEpochs(): number {
    const { rungs } = this.#decisions;
    const factor = this.#plan.halving?.factor ?? 1;
    return this.#trials.reduce((sum, _, trial) => {
      let epochs = rungs[0]!;
      let share = 1;
      for (let rung = 1; rung < rungs.length; rung++) {
        const decision = share < 1 ? 'unknown' : this.#decisions.reaches(trial, rung);
        if (decision === 'stops') break;
        if (decision === 'unknown') share /= factor;
        epochs += share * (rungs[rung]! - rungs[rung - 1]!);
      }
      return sum + epochs * this.#plan.seeds.length;
    }, 0);
  }
}

function epochsText({ results, rungs }: Decisions, trial: number, rung: number): string {
  const of = results.find((result) => result.trial === trial && result.rung === rung)!;
  return rungs.length > 1 ? `${of.epochs} of ${rungs.at(-1)}` : String(of.epochs);
}

function testText(test: Measures): string {
  return areOfNumbers(test)
    ? `mean absolute error ${shortNumber(test.meanAbsoluteError)}, R² ${test.r2.toFixed(3)}`
    : `accuracy ${percent(test.accuracy)}`;
}

export function nameOf(metric: SweepMetric): string {
  return metric === 'meanAbsoluteError' ? 'mean absolute error' : metric;
}

export function scoreText(metric: SweepMetric, score: number): string {
  return metric === 'accuracy' ? percent(score) : shortNumber(score);
}

/** `learning-rate 0.003, batch-size 64` */
export function valuesText(values: OptionValues): string {
  const texts = Object.entries(values).map(([name, value]) => `${name} ${String(value)}`);
  return texts.length === 0 ? 'the options alone' : texts.join(', ');
}
