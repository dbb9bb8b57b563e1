import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvFile, readHistory } from '../../../run/history.ts';
import { packRun, unpackRun } from '../../../run/packed-run.ts';
import type { RunStore } from '../../../sweep/queue/run-store.ts';
import { RefusedJob, ReturnedJob } from '../../../sweep/queue/job-worker.ts';
import type { JobResult } from '../../../sweep/sweep.ts';
import type { Output } from '../../framework/output.ts';
import { checkQueuedJob, type QueuedJob } from '../sweep/queued-job.ts';
import { resultOf } from '../sweep/job-result.ts';
import { Interrupted, trainInProcess } from '../sweep/train-process.ts';
import type { ServedSweep } from './served-sweep.ts';

export interface DoJobOptions {
  readonly sweep: ServedSweep;
  readonly store: RunStore;
  /** Of the runs of this sweep on this machine. */
  readonly folder: string;
  /** Where the data are; null for those of the package. */
  readonly data: string | null;
  /** The name of this worker. */
  readonly where: string;
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly progress: (value: { readonly epoch: number }) => Promise<void>;
}

/** Milliseconds between two checkpoints in the store, at least. */
const shortestInterval = 2000;
/** Bytes that the checkpoints of a run may send in a millisecond: 30 MB/s from a thousand workers. */
const checkpointRate = 30;

/**
 * Does a job from the queue: goes on with the run as the store has it, and leaves it there.
 *
 * @throws RefusedJob for what is no job; ReturnedJob if this worker is being ended
 */
export async function doJob(value: unknown, options: DoJobOptions): Promise<JobResult> {
  const { sweep, store, data, where, output, signal } = options;
  const job = checked(value, output);
  const { trial, seed, until } = job;
  const folder = join(options.folder, `${trial}-${seed}`);
  const start = performance.now();
  const upTo = until === null ? 'to its end' : `to epoch ${until}`;
  output.text(`run     trial ${trial}, seed ${seed}, ${upTo}`);
  await bringRun(job, folder, options);
  let due = performance.now() + shortestInterval;
  let saving: Promise<void> = Promise.resolve();
  const keep = async (epochs: number): Promise<void> => {
    const packed = packRun(folder);
    if (packed === null) {
      due = 0;
      return;
    }
    due = performance.now() + Math.max(shortestInterval, packed.bytes.length / checkpointRate);
    await store.put(job, packed, epochs);
  };
  try {
    const part = await trainInProcess({
      options: { ...job.options, ...modelOption(job, options.folder), ...(data !== null && { data }) },
      seed,
      until,
      folder,
      threads: 1,
      test: false,
      signal,
      onEpoch: ({ epoch }) => {
        void options.progress({ epoch }).catch(() => {});
        if (performance.now() < due) return;
        due = Infinity;
        // the state of this epoch is written next: that of the one before is there
        saving = saving
          .then(() => keep(epoch - 1))
          .catch(() => {
            due = 0;
          });
      },
    });
    await saving;
    if (part.failure === null) await keep(part.history.length);
    const seconds = (performance.now() - start) / 1000;
    const result = resultOf(job, part, { metric: sweep.metric, options: job.options, seconds, where });
    output.event('result', { ...result, sweep: sweep.id });
    output.text(
      `done    trial ${trial}, seed ${seed}, ${upTo}: ${part.failure ?? result.score}, ${seconds.toFixed(1)} s`,
    );
    return result;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    await saving;
    await keep(existsSync(join(folder, csvFile)) ? readHistory(folder).length : 0);
    throw new ReturnedJob('this worker ends', { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checked(value: unknown, output: Output): QueuedJob {
  try {
    return checkQueuedJob(value);
  } catch (error) {
    const { message } = error as Error;
    output.note(`a job is refused: ${message}`);
    throw new RefusedJob(message, { cause: error });
  }
}

/** The run as another worker, or this one, has left it; nothing if it begins, or if what is there is damaged. */
async function bringRun(
  job: QueuedJob,
  folder: string,
  { store, data, output }: DoJobOptions,
): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const packed = await store.get(job);
  if (packed === null) return;
  try {
    unpackRun(packed, folder, { data });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    output.note(`trial ${job.trial}, seed ${job.seed}, begins again: ${(error as Error).message}`);
  }
}

/** The layers of a job in a file, as `--model` takes them. */
function modelOption({ model }: QueuedJob, folder: string): { readonly model?: string } {
  if (model === null) return {};
  const file = join(folder, `${model.name}.json`);
  writeFileSync(file, JSON.stringify({ layers: model.layers }));
  return { model: file };
}
