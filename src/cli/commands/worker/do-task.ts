import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvFile, readHistory } from '../../../run/history.ts';
import { packRun, unpackRun } from '../../../run/packed-run.ts';
import type { RunStore } from '../../../sweep/queue/run-store.ts';
import { RefusedTask, ReturnedTask } from '../../../sweep/queue/task-worker.ts';
import type { TaskResult } from '../../../sweep/sweep.ts';
import type { Output } from '../../framework/output.ts';
import { checkQueuedTask, type QueuedTask } from '../sweep/queued-task.ts';
import { resultOf } from '../sweep/task-result.ts';
import { Interrupted, trainInProcess } from '../sweep/train-process.ts';
import type { ServedSweep } from './served-sweep.ts';

export interface DoTaskOptions {
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

/** Milliseconds between two checkpoints in the store. */
const checkpointInterval = 5000;

/**
 * Does a task from the queue: goes on with the run as the store has it, and leaves it there.
 *
 * @throws RefusedTask for what is no task; ReturnedTask if this worker is being ended
 */
export async function doTask(value: unknown, options: DoTaskOptions): Promise<TaskResult> {
  const { sweep, store, data, where, output, signal } = options;
  const task = checked(value, output);
  const { trial, seed, rung, until } = task;
  const folder = join(options.folder, `${trial}-${seed}`);
  const start = performance.now();
  const upTo = until === null ? 'to its end' : `to epoch ${until}`;
  output.text(`run     trial ${trial}, seed ${seed}, ${upTo}`);
  await bringRun(task, folder, options);
  let saved = performance.now();
  let saving: Promise<void> = Promise.resolve();
  const keep = async (epochs: number): Promise<void> => {
    const packed = packRun(folder);
    if (packed !== null) await store.put(task, packed, epochs);
  };
  try {
    const part = await trainInProcess({
      options: { ...task.options, ...modelOption(task, options.folder), ...(data !== null && { data }) },
      seed,
      until,
      folder,
      threads: 1,
      test: false,
      signal,
      onEpoch: ({ epoch }) => {
        void options.progress({ epoch }).catch(() => {});
        if (performance.now() - saved < checkpointInterval) return;
        saved = performance.now();
        // the state of this epoch is written next: that of the one before is there
        saving = saving.then(() => keep(epoch - 1)).catch(() => {});
      },
    });
    await saving;
    if (part.failure === null) await keep(part.history.length);
    const seconds = (performance.now() - start) / 1000;
    const result = resultOf(task, part, { metric: sweep.metric, options: task.options, seconds, where });
    output.event('result', { ...result, sweep: sweep.id });
    output.text(
      `done    trial ${trial}, seed ${seed}, ${upTo}: ${part.failure ?? result.score}, ${seconds.toFixed(1)} s`,
    );
    return { ...result, rung };
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    await saving;
    await keep(existsSync(join(folder, csvFile)) ? readHistory(folder).length : 0);
    throw new ReturnedTask('this worker ends', { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checked(value: unknown, output: Output): QueuedTask {
  try {
    return checkQueuedTask(value);
  } catch (error) {
    const { message } = error as Error;
    output.note(`a task is refused: ${message}`);
    throw new RefusedTask(message, { cause: error });
  }
}

/** The run as another worker, or this one, has left it; nothing if it begins, or if what is there is damaged. */
async function bringRun(
  task: QueuedTask,
  folder: string,
  { store, data, output }: DoTaskOptions,
): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const packed = await store.get(task);
  if (packed === null) return;
  try {
    unpackRun(packed, folder, { data });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    output.note(`trial ${task.trial}, seed ${task.seed}, begins again: ${(error as Error).message}`);
  }
}

/** The layers of a task in a file, as `--model` takes them. */
function modelOption({ model }: QueuedTask, folder: string): { readonly model?: string } {
  if (model === null) return {};
  const file = join(folder, `${model.name}.json`);
  writeFileSync(file, JSON.stringify(model.layers));
  return { model: file };
}
