/** What the thread pool needs from where it runs: Node or a page. */
import type { LoadMessage, WorkerStart } from './protocol.ts';

export interface ThreadHost {
  /** How many threads can run at a time. */
  readonly cores: () => number;
  /**
   * Starts a worker, and waits until it listens.
   *
   * @throws Error that says why it cannot
   */
  startWorker(start: WorkerStart): Promise<PoolWorker>;
}

/** A worker thread, whichever way it was started. */
export interface PoolWorker {
  post(message: LoadMessage): void;
  /** Told if the worker fails, or ends by itself, with a message that says which. */
  onFailure: ((error: Error) => void) | null;
  close(): Promise<void>;
}
