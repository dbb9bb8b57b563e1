import { availableParallelism, hostname } from 'node:os';
import { type Sweep, trialsOf } from '../../../sweep/sweep.ts';
import type { SweepFolder } from './sweep-folder.ts';
import { optionsOf, untilOf } from './sweep-options.ts';
import { resultOf } from './job-result.ts';
import { trainInProcess } from './train-process.ts';
import type { Workers } from './workers.ts';

interface LocalWorkersOptions {
  readonly plan: Sweep;
  readonly folder: SweepFolder;
  readonly signal: AbortSignal;
  /** Runs at a time; undefined for one for each core. */
  readonly threads: number | undefined;
}

/**
 * Processes of this machine, with one thread each: two runs on two threads are done sooner than one after the other on both, as
 * the threads of a run wait for each other.
 */
export function localWorkers({ plan, folder, signal, threads }: LocalWorkersOptions): Workers {
  const trials = trialsOf(plan);
  const parallel = threads ?? availableParallelism();
  return {
    parallel,
    description: `${parallel === 1 ? 'one at a time' : `${parallel} at a time`}, on this machine`,
    async run(job, onEpoch) {
      const options = optionsOf(plan, trials[job.trial]!);
      const start = performance.now();
      const part = await trainInProcess({
        options,
        seed: job.seed,
        until: untilOf(plan, options, job),
        folder: folder.runFolder(job),
        threads: 1,
        test: false,
        signal,
        onEpoch: ({ epoch }) => onEpoch(epoch),
      });
      const seconds = (performance.now() - start) / 1000;
      return resultOf(job, part, { metric: plan.metric, options, seconds, where: hostname() });
    },
    stopGiving: () => Promise.resolve(),
    recorded: () => Promise.resolve(),
    finish: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
