import { UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Connection } from './connection.ts';

/** A job that cannot be done here, nor anywhere: it is not tried again. */
export class RefusedJob extends Error {
  override readonly name = 'RefusedJob';
}

/** A job that was begun, and goes back into the queue. */
export class ReturnedJob extends Error {
  override readonly name = 'ReturnedJob';
}

export interface JobWorkerOptions {
  readonly connection: Connection;
  readonly name: string;
  /** Jobs at a time. */
  readonly parallel: number;
  /** Seconds after which a job of a worker that is silent goes to another. */
  readonly lease: number;
  /** Does a job. May throw a RefusedJob or a ReturnedJob; after another error the job is tried again, a few times. */
  readonly work: (data: unknown, progress: (value: object) => Promise<void>) => Promise<object>;
}

/** Takes jobs from a queue until it is closed. */
export class JobWorker {
  readonly #worker: Worker;

  constructor({ connection, name, parallel, lease, work }: JobWorkerOptions) {
    this.#worker = new Worker(
      name,
      async (job, token) => {
        try {
          return await work(job.data, (value) => job.updateProgress(value));
        } catch (error) {
          if (error instanceof RefusedJob) throw new UnrecoverableError(error.message);
          if (!(error instanceof ReturnedJob)) throw error;
          await job.moveToWait(token);
          throw new WaitingError();
        }
      },
      {
        connection: connection.client,
        concurrency: parallel,
        lockDuration: 1000 * lease,
        stalledInterval: 500 * lease,
        // a job is not to blame for the end of its worker
        maxStalledCount: 1000,
      },
    );
    this.#worker.on('error', () => {}); // the connection tells of its errors itself
  }

  /** Takes no more jobs, and waits for those that run. */
  async close(): Promise<void> {
    await this.#worker.close();
  }
}
