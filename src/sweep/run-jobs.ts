import type { Decisions } from './decisions.ts';
import { keyOf, type Job, type JobResult } from './sweep.ts';

export interface RunJobsOptions {
  /** Does one job. What it throws ends the sweep. */
  readonly run: (job: Job) => Promise<JobResult>;
  /** How many at a time. */
  readonly parallel: number;
  /** Told of each result, before others are begun that follow from it. */
  readonly onResult: (result: JobResult) => void | Promise<void>;
  /** Whether jobs may still begin. */
  readonly mayBegin: () => boolean;
}

/**
 * Does the jobs of a sweep, those that are ready first, until there are none, or none may begin.
 *
 * @throws the first error of a job, after the jobs that run have ended
 */
export async function runJobs(decisions: Decisions, options: RunJobsOptions): Promise<void> {
  const { run, parallel, onResult, mayBegin } = options;
  const running = new Set<string>();
  const errors: unknown[] = [];
  // a race between all of them would leave a listener at each, again and again
  let ended = Promise.withResolvers<void>();
  for (;;) {
    if (mayBegin() && errors.length === 0) {
      for (const job of decisions.ready()) {
        if (running.size >= parallel) break;
        const key = keyOf(job);
        if (running.has(key)) continue;
        const work = async (): Promise<void> => {
          try {
            const result = await run(job);
            if (decisions.add(result)) await onResult(result);
          } catch (error) {
            errors.push(error);
          } finally {
            running.delete(key);
            ended.resolve();
          }
        };
        running.add(key);
        void work();
      }
    }
    if (running.size === 0) break;
    await ended.promise;
    ended = Promise.withResolvers();
  }
  if (errors.length > 0) throw errors[0];
}
