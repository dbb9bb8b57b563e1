import { basename, join } from 'node:path';
import { readTestEvaluation } from '../../../run/metrics.ts';
import { Decisions } from '../../../sweep/decisions.ts';
import { runJobs } from '../../../sweep/run-jobs.ts';
import { type Sweep, type JobResult, trialsOf } from '../../../sweep/sweep.ts';
import type { Measures } from '../../../train/measures.ts';
import { commandLine } from '../../framework/command-line.ts';
import { Interrupt, interruptedStatus } from '../../framework/interrupt.ts';
import { Output } from '../../framework/output.ts';
import { withRecipe } from '../../options/preset.ts';
import { bestRun } from './best-run.ts';
import { Standing } from './standing.ts';
import { readSweepFile } from './sweep-file.ts';
import { readSweepFolder, runFolder, SweepFolder } from './sweep-folder.ts';
import { importQueue } from './import-queue.ts';
import { localWorkers } from './local-workers.ts';
import { redisAddress } from './redis-option.ts';
import { optionsOf } from './sweep-options.ts';
import type { Workers } from './workers.ts';
import { Interrupted, trainInProcess } from './train-process.ts';
import { writeSweepReport } from './write-report.ts';

export interface SweepArguments {
  /** A file, or with `report` a folder. */
  readonly sweep: string;
  readonly out: string | undefined;
  readonly threads: number | undefined;
  readonly redis: string | undefined;
  readonly keep: number;
  readonly report: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** `weft sweep`: does the runs of a sweep, those that are not done yet, tests the best one, and writes a report. */
export async function sweep(args: SweepArguments): Promise<void> {
  const output = new Output(args);
  if (args.report) {
    const { sweep: plan, results } = readSweepFolder(args.sweep);
    const decisions = decisionsOf(plan, results);
    const files = await writeSweepReport(args.sweep, plan, decisions);
    output.result(`written to ${args.sweep}: ${files.join(', ')}`);
    return;
  }
  const plan = readSweepFile(args.sweep);
  const interrupt = new Interrupt('the sweep');
  const path = args.out ?? join('sweeps', basename(args.sweep).replace(/\.json$/i, ''));
  const folder = SweepFolder.open(path, plan);
  try {
    await run(args, { plan, folder, interrupt, output });
  } finally {
    folder.close();
    interrupt.stop();
  }
}

interface Parts {
  readonly plan: Sweep;
  readonly folder: SweepFolder;
  readonly interrupt: Interrupt;
  readonly output: Output;
}

function decisionsOf(plan: Sweep, results: readonly JobResult[]): Decisions {
  const trials = trialsOf(plan);
  const { epochs } = withRecipe({ ...plan.options, ...trials[0] });
  const decisions = new Decisions(plan, trials.length, epochs);
  for (const result of results) decisions.add(result);
  return decisions;
}

async function run(args: SweepArguments, { plan, folder, interrupt, output }: Parts): Promise<void> {
  const decisions = decisionsOf(plan, folder.results);
  const { signal } = interrupt;
  const workers = await startWorkers(args, { plan, folder, interrupt, output });
  let isTimeUp = plan.minutes === 0;
  const stop = (): void => {
    isTimeUp = true;
    void workers.stopGiving().catch(() => {});
  };
  const timer = plan.minutes === null ? undefined : setTimeout(stop, 60_000 * plan.minutes);
  interrupt.keepResults();
  const standing = new Standing(plan, decisions, output);
  standing.begin(workers.description, folder);
  try {
    await runJobs(decisions, {
      parallel: workers.parallel,
      mayBegin: () => !signal.aborted && !isTimeUp,
      run: (job) => workers.run(job, (epoch) => standing.onEpoch(job, epoch)),
      onResult: async (result) => {
        folder.record(result);
        standing.onResult(result);
        await workers.recorded(decisions, result);
      },
    }).catch((error: unknown) => {
      if (!(error instanceof Interrupted)) throw error;
    });
    standing.stop();
    if (!signal.aborted) await workers.finish(decisions);
    if (isTimeUp && !decisions.isDone)
      output.note(`the ${plan.minutes} minutes are over: the same command goes on`);
    clearTimeout(timer);
    const test = signal.aborted ? null : await testBest(plan, decisions, folder, signal);
    const files = await writeSweepReport(folder.path, plan, decisions);
    standing.end(signal.aborted, test);
    output.text(`written to ${folder.path}: ${files.join(', ')}`);
    output.event(signal.aborted ? 'interrupted' : 'end', {
      folder: folder.path,
      results: decisions.results.length,
      best: bestRun(plan, decisions),
      test: test && { loss: test.loss, ...('accuracy' in test && { accuracy: test.accuracy }) },
    });
    if (!signal.aborted) return;
    process.exitCode = interruptedStatus;
    const out = args.out === undefined ? '' : ` --out ${args.out}`;
    output.note(`to go on: ${commandLine(`npm run sweep -- ${args.sweep}`)}${out}`);
  } finally {
    clearTimeout(timer);
    standing.stop();
    await workers.close();
  }
}

async function startWorkers(args: SweepArguments, parts: Parts): Promise<Workers> {
  const { plan, folder, interrupt, output } = parts;
  const address = redisAddress(args.redis);
  if (address !== undefined) {
    const { QueuedWorkers } = await importQueue(() => import('./queued-workers.ts'));
    return QueuedWorkers.start(address, { plan, folder, keep: args.keep, output, signal: interrupt.signal });
  }
  return localWorkers({ plan, folder, signal: interrupt.signal, threads: args.threads });
}

/**
 * The test examples are looked at once, for the best run, which becomes a run like any other.
 *
 * @throws Error if there is none
 */
async function testBest(
  plan: Sweep,
  decisions: Decisions,
  folder: SweepFolder,
  signal: AbortSignal,
): Promise<Measures | null> {
  const best = bestRun(plan, decisions);
  if (best === null)
    throw new Error(`no run has come to a result: ${decisions.results[0]?.failure ?? 'none was begun'}`);
  const path = runFolder(folder.path, best);
  const known = readTestEvaluation(path);
  if (known !== null) return known;
  const options = optionsOf(plan, trialsOf(plan)[best.trial]!);
  await trainInProcess({
    options,
    seed: best.seed,
    until: null,
    folder: path,
    threads: null,
    test: true,
    signal,
  });
  return readTestEvaluation(path);
}
