import { Queue, QueueEvents } from 'bullmq';
import type { Connection } from './connection.ts';

interface Waiting<Result> {
  readonly data: object;
  readonly priority: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

export interface JobQueueOptions {
  readonly connection: Connection;
  readonly name: string;
  /** Told what a worker says of a job. */
  readonly onProgress: (id: string, progress: unknown) => void;
}

/** Milliseconds between two looks at what the server has. */
const lookInterval = 2000;
/** Jobs whose state is asked for in one look. */
const asked = 100;

/**
 * Gives jobs to workers, and waits for what they come to. A queue of BullMQ does the work: a job is with one worker at a time,
 * and comes back when that one is silent.
 *
 * Jobs are known by their ids. A process that gives a job again, after a restart, gets the result of the first time. What is
 * told by events may be lost while the connection is; so the server is also asked now and then, and what it has lost is given
 * again.
 */
export class JobQueue<Result> {
  readonly #queue: Queue;
  readonly #events: QueueEvents;
  readonly #waiting = new Map<string, Waiting<Result>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isGiving = true;
  #isClosed = false;

  private constructor({ connection, name, onProgress }: JobQueueOptions) {
    const ignore = (): void => {}; // the connection tells of its errors itself
    this.#queue = new Queue(name, { connection: connection.client });
    this.#events = new QueueEvents(name, { connection: connection.client });
    this.#queue.on('error', ignore);
    this.#events.on('error', ignore);
    this.#events.on('completed', ({ jobId, returnvalue }) => this.#settle(jobId, returnvalue));
    this.#events.on('failed', ({ jobId, failedReason }) => this.#fail(jobId, failedReason));
    this.#events.on('progress', ({ jobId, data }) => onProgress(jobId, data));
  }

  static async open<Result>(options: JobQueueOptions): Promise<JobQueue<Result>> {
    const queue = new JobQueue<Result>(options);
    await Promise.all([queue.#queue.waitUntilReady(), queue.#events.waitUntilReady()]);
    queue.#lookLater();
    return queue;
  }

  /**
   * @param id letters, digits and hyphens
   * @param data goes to the worker as JSON
   * @param priority from 1; jobs with smaller ones are taken first
   * @returns what the worker has returned
   * @throws Error if the job was refused, or has failed each time; the one of `abandon` or `takeBack`
   */
  submit(id: string, data: object, priority: number): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { data, priority, resolve, reject });
      this.#add(id, data, priority).catch(reject);
    });
  }

  async #add(id: string, data: object, priority: number): Promise<void> {
    await this.#queue.add('run', data, {
      jobId: id,
      priority,
      attempts: 4,
      backoff: { type: 'exponential', delay: 1000 },
      removeOnComplete: false,
      removeOnFail: false,
    });
  }

  #settle(id: string, returned: unknown): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    waiting.resolve((typeof returned === 'string' ? JSON.parse(returned) : returned) as Result);
  }

  #fail(id: string, reason: string): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    waiting.reject(new Error(reason));
    void this.remove(id);
  }

  /** Removes a job whose result is written down. */
  async remove(id: string): Promise<void> {
    await this.#queue.remove(id).catch(() => 0);
  }

  #lookLater(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      void this.#look()
        .catch(() => {})
        .finally(() => this.#lookLater());
    }, lookInterval);
  }

  async #look(): Promise<void> {
    for (const job of await this.#queue.getCompleted(0, 1000)) this.#settle(job.id!, job.returnvalue);
    const some = [...this.#waiting].slice(0, asked);
    for (const [id, waiting] of some) {
      const state = await this.#queue.getJobState(id);
      if (this.#waiting.get(id) !== waiting) continue;
      if (state === 'failed') this.#fail(id, (await this.#queue.getJob(id))?.failedReason ?? 'it has failed');
      if (state === 'unknown' && this.#isGiving) await this.#add(id, waiting.data, waiting.priority);
      // those that were asked for go to the end
      if (this.#waiting.delete(id)) this.#waiting.set(id, waiting);
    }
  }

  /** Waits for no job any longer: all are rejected with this error. What workers do goes on. */
  abandon(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  /** Takes back the jobs that no worker has begun: they are rejected with this error. Those that run are waited for. */
  async takeBack(error: Error): Promise<void> {
    this.#isGiving = false;
    await this.#queue.drain(true);
    for (const [id, { reject }] of this.#waiting) {
      if ((await this.#queue.getJobState(id)) === 'unknown' && this.#waiting.delete(id)) reject(error);
    }
  }

  /** Removes the queue with all that is in it. */
  async obliterate(): Promise<void> {
    await this.#queue.obliterate({ force: true }).catch(() => {});
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await Promise.all([this.#queue.close(), this.#events.close()].map((done) => done.catch(() => {})));
  }
}
