import type { PoolWorker, ThreadHost } from './host.ts';
import { isAboutLentThread, isOffer, type Order, type Report } from './lending.ts';
import type { LoadMessage, WorkerStart } from './protocol.ts';

/** A worker's own side of the port to its page: `self` there. */
export interface WorkerPort {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<unknown>) => void): void;
}

/** The page that lends threads to this worker; null if there is none. */
let lender: ThreadHost | null = null;

export function lentThreads(): ThreadHost | null {
  return lender;
}

/**
 * Lets a worker of a page have its threads started by the page, if that offers it: lend-threads.ts says why. To be called before
 * there are other listeners, which then see nothing of it.
 */
export function borrowThreads(port: WorkerPort): void {
  const threads = new Map<number, BorrowedWorker>();
  port.addEventListener('message', (event) => {
    if (isOffer(event.data)) lender ??= lenderBehind(port, threads);
    else if (isAboutLentThread(event.data)) {
      const { lentThread, failure } = event.data as Report;
      threads.get(lentThread)?.onReport(failure);
    } else return;
    event.stopImmediatePropagation();
  });
}

function lenderBehind(port: WorkerPort, threads: Map<number, BorrowedWorker>): ThreadHost {
  let count = 0;
  let lock: Promise<string> | null = null;
  return {
    cores: () => navigator.hardwareConcurrency,
    async startWorker(start: WorkerStart): Promise<PoolWorker> {
      lock ??= heldLock();
      const number = ++count;
      const worker = new BorrowedWorker(port, number, () => threads.delete(number));
      threads.set(number, worker);
      await worker.start(start, await lock);
      return worker;
    },
  };
}

/** The name of a lock that this thread holds until it ends. */
function heldLock(): Promise<string> {
  const name = `weft threads ${crypto.randomUUID()}`;
  return new Promise((resolve) => {
    void navigator.locks.request(name, () => {
      resolve(name);
      return new Promise(() => {});
    });
  });
}

class BorrowedWorker implements PoolWorker {
  readonly #port: WorkerPort;
  readonly #number: number;
  readonly #onClose: () => void;
  /** Who waits until it listens. */
  #starting: { readonly resolve: () => void; readonly reject: (error: Error) => void } | null = null;
  onFailure: ((error: Error) => void) | null = null;

  /** @param number what the page knows it by */
  constructor(port: WorkerPort, number: number, onClose: () => void) {
    [this.#port, this.#number, this.#onClose] = [port, number, onClose];
  }

  start(start: WorkerStart, lock: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#starting = { resolve, reject };
      this.#order({ start, lock });
    });
  }

  onReport(failure: string | null): void {
    const starting = this.#starting;
    this.#starting = null;
    if (failure === null) starting?.resolve();
    else if (starting !== null) starting.reject(new Error(failure));
    else this.onFailure?.(new Error(failure));
  }

  post(load: LoadMessage): void {
    this.#order({ load });
  }

  close(): Promise<void> {
    this.onFailure = null;
    this.#order({ end: true });
    this.#onClose();
    return Promise.resolve();
  }

  #order(parts: Omit<Order, 'lentThread'>): void {
    const order: Order = { lentThread: this.#number, ...parts };
    this.#port.postMessage(order);
  }
}
