import { existsSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { firstMismatch } from '../../../run/expected.ts';
import { packRun, unpackRun } from '../../../run/packed-run.ts';
import type { Decisions } from '../../../sweep/decisions.ts';
import { announce, queueOf } from '../../../sweep/queue/announcements.ts';
import { codeVersion } from '../../../sweep/queue/code-version.ts';
import { connect, type Connection } from '../../../sweep/queue/connection.ts';
import { RunStore } from '../../../sweep/queue/run-store.ts';
import { JobQueue } from '../../../sweep/queue/job-queue.ts';
import type { OptionValues } from '../../../sweep/space.ts';
import { keyOf, type Sweep, type Job, type JobResult, trialsOf } from '../../../sweep/sweep.ts';
import { interruptedStatus } from '../../framework/interrupt.ts';
import type { Output } from '../../framework/output.ts';
import { UsageError } from '../../framework/usage-error.ts';
import { withRecipe } from '../../options/preset.ts';
import { readTrainingData } from '../train/setup.ts';
import { queuedJob } from './queued-job.ts';
import { optionsOf, untilOf } from './sweep-options.ts';
import { expectedResult, type SweepFolder } from './sweep-folder.ts';
import { Interrupted } from './train-process.ts';
import type { Workers } from './workers.ts';

export interface QueuedWorkersOptions {
  readonly plan: Sweep;
  readonly folder: SweepFolder;
  /** How many of the best trials come here. */
  readonly keep: number;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Jobs that are in the queue at a time. */
const mostQueued = 10_000;

/** Workers on any machines, that take jobs from a queue. The weights of the best trials come back at the end. */
export class QueuedWorkers implements Workers {
  readonly parallel: number = mostQueued;
  readonly description: string;
  readonly #options: QueuedWorkersOptions;
  readonly #trials: readonly OptionValues[];
  readonly #connection: Connection;
  readonly #queue: JobQueue<unknown>;
  readonly #store: RunStore;
  readonly #conceal: () => Promise<void>;
  readonly #listeners: Map<string, (epoch: number) => void>;
  /** Trials whose runs are in the store. */
  readonly #stored = new Set<number>();
  #isDone = false;

  private constructor(
    options: QueuedWorkersOptions,
    parts: {
      readonly trials: readonly OptionValues[];
      readonly connection: Connection;
      readonly queue: JobQueue<unknown>;
      readonly store: RunStore;
      readonly conceal: () => Promise<void>;
      readonly listeners: Map<string, (epoch: number) => void>;
    },
  ) {
    this.#options = options;
    this.#trials = parts.trials;
    this.#connection = parts.connection;
    this.#queue = parts.queue;
    this.#store = parts.store;
    this.#conceal = parts.conceal;
    this.#listeners = parts.listeners;
    this.description = `by the workers at ${parts.connection.place}`;
    for (const { trial } of options.folder.results) this.#stored.add(trial);
    options.signal.addEventListener('abort', () => this.#queue.abandon(new Interrupted('interrupted')));
  }

  static async start(address: string, options: QueuedWorkersOptions): Promise<QueuedWorkers> {
    const { plan, folder, output } = options;
    const { id } = folder.saved;
    const trials = trialsOf(plan);
    for (const values of trials) queuedJob({ trial: 0, seed: 0, rung: 0 }, null, optionsOf(plan, values));
    const { dataset } = readTrainingData(withRecipe(plan.options));
    const connection = await connectTo(address, output);
    const listeners = new Map<string, (epoch: number) => void>();
    const queue = await JobQueue.open<unknown>({
      connection,
      name: queueOf(id),
      onProgress: (job, progress) => listeners.get(job)?.(Number((progress as { epoch?: unknown }).epoch)),
    });
    const { data: _, ...shared } = plan.options;
    const conceal = await announce(connection, {
      id,
      title: folder.path,
      code: codeVersion(),
      dataset: { name: dataset.name, checksums: dataset.checksums },
      options: shared,
      metric: plan.metric,
    });
    const store = new RunStore(connection, id);
    return new QueuedWorkers(options, { trials, connection, queue, store, conceal, listeners });
  }

  async run(job: Job, onEpoch: (epoch: number) => void): Promise<JobResult> {
    const { plan } = this.#options;
    const options = optionsOf(plan, this.#trials[job.trial]!);
    const key = keyOf(job);
    this.#listeners.set(key, onEpoch);
    // who waits for a trial that has begun waits less if that one goes first
    const priority = 1 + Math.max(0, 100 - job.rung);
    const result = await this.#queue
      .submit(key, queuedJob(job, untilOf(plan, options, job), options), priority)
      .finally(() => this.#listeners.delete(key));
    const mismatch = firstMismatch(result, expectedResult);
    if (mismatch !== null || keyOf(result as JobResult) !== key) {
      throw new Error(
        `a worker has returned what is no result of ${key}: ${mismatch ?? 'it is of another job'}`,
      );
    }
    return result as JobResult;
  }

  stopGiving(): Promise<void> {
    return this.#queue.takeBack(new Interrupted('no worker has begun it'));
  }

  /** Removes from the server what nobody needs any more: jobs that are written down, runs that are not among the best. */
  async recorded(decisions: Decisions, result: JobResult): Promise<void> {
    this.#stored.add(result.trial);
    await this.#queue.remove(keyOf(result));
    const best = new Set(this.#best(decisions));
    for (const trial of this.#stored) {
      if (best.has(trial) || !isOver(decisions, trial)) continue;
      this.#stored.delete(trial);
      for (const seed of this.#options.plan.seeds) await this.#store.remove({ trial, seed });
    }
  }

  #best(decisions: Decisions): number[] {
    const last = decisions.rungs.length - 1;
    const whole = decisions.ranking().filter(({ rung }) => rung === last);
    return whole.slice(0, this.#options.keep).map(({ trial }) => trial);
  }

  async finish(decisions: Decisions): Promise<void> {
    const { plan, folder, output } = this.#options;
    const data = plan.options['data'];
    for (const trial of this.#best(decisions)) {
      for (const seed of plan.seeds) {
        const path = folder.runFolder({ trial, seed });
        // one that is here is whole: it was fetched before, or trained here
        if (existsSync(path) && packRun(path) !== null) continue;
        rmSync(path, { recursive: true, force: true });
        const packed = await this.#store.get({ trial, seed });
        if (packed === null) {
          output.note(
            `the weights of trial ${trial}, seed ${seed}, are no longer at ${this.#connection.place}`,
          );
          continue;
        }
        unpackRun(packed, path, { data: data === undefined ? null : resolve(String(data)) });
      }
    }
    for (const trial of this.#stored) {
      for (const seed of plan.seeds) await this.#store.remove({ trial, seed });
    }
    this.#isDone = true;
  }

  async close(): Promise<void> {
    await orLeave(async () => {
      await this.#conceal();
      if (this.#isDone) await this.#queue.obliterate();
      await this.#queue.close();
    });
    this.#connection.close();
  }
}

export async function connectTo(address: string, output: Output): Promise<Connection> {
  return connect(address, (text) => output.note(text)).catch((error: unknown) => {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  });
}

/** Seconds that a server which does not answer may take at the end. */
const patience = 3;

/** What is to be done at the end of a process. If the server does not answer, the process ends without it. */
export async function orLeave(end: () => Promise<void>): Promise<void> {
  const timer = setTimeout(() => process.exit(process.exitCode ?? interruptedStatus), 1000 * patience);
  await end().catch(() => {});
  clearTimeout(timer);
}

/** Whether nothing more is done for a trial. */
function isOver(decisions: Decisions, trial: number): boolean {
  const last = decisions.rungs.length - 1;
  return (
    decisions.decide(trial, last) === 'stops' &&
    decisions.score(trial, decisions.lastRung(trial)) !== undefined
  );
}
