import { UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Connection } from './connection.ts';

/** A task that cannot be done here, nor anywhere: it is not tried again. */
export class RefusedTask extends Error {
  override readonly name = 'RefusedTask';
}

/** A task that was begun, and goes back into the queue. */
export class ReturnedTask extends Error {
  override readonly name = 'ReturnedTask';
}

export interface TaskWorkerOptions {
  readonly connection: Connection;
  readonly name: string;
  /** Tasks at a time. */
  readonly parallel: number;
  /** Seconds after which a task of a worker that is silent goes to another. */
  readonly lease: number;
  /** Does a task. May throw a RefusedTask or a ReturnedTask; after another error the task is tried again, a few times. */
  readonly work: (data: unknown, progress: (value: object) => Promise<void>) => Promise<object>;
}

/** Takes tasks from a queue until it is closed. */
export class TaskWorker {
  readonly #worker: Worker;

  constructor({ connection, name, parallel, lease, work }: TaskWorkerOptions) {
    this.#worker = new Worker(
      name,
      async (job, token) => {
        try {
          return await work(job.data, (value) => job.updateProgress(value));
        } catch (error) {
          if (error instanceof RefusedTask) throw new UnrecoverableError(error.message);
          if (!(error instanceof ReturnedTask)) throw error;
          await job.moveToWait(token);
          throw new WaitingError();
        }
      },
      {
        connection: connection.client,
        concurrency: parallel,
        lockDuration: 1000 * lease,
        stalledInterval: 500 * lease,
        // a task is not to blame for the end of its worker
        maxStalledCount: 1000,
      },
    );
    this.#worker.on('error', () => {}); // the connection tells of its errors itself
  }

  /** Takes no more tasks, and waits for those that run. */
  async close(): Promise<void> {
    await this.#worker.close();
  }
}
