import type { PoolWorker, ThreadHost } from './host.ts';
import type { LoadMessage, WorkerStart } from './protocol.ts';

/** Milliseconds after which a worker that has said nothing is given up: it is a file of a few kilobytes. */
const patience = 10_000;

export const pageThreads: ThreadHost = {
  cores: () => navigator.hardwareConcurrency,

  async startWorker(start: WorkerStart): Promise<PoolWorker> {
    try {
      return await listening(workerOfFile(start.thread), start);
    } catch (error) {
      const { pageWorkerCode } = await import('./page-worker-code.ts');
      if (pageWorkerCode === null) throw error;
      return await listening(workerOfCode(pageWorkerCode, start.thread), start);
    }
  },
};

/** Bundlers find the file of a worker where its address stands like this. */
function workerOfFile(thread: number): Worker {
  return new Worker(new URL('./page-worker.ts', import.meta.url), { type: 'module', name: nameOf(thread) });
}

/** For bundlers that do not look for files of workers, such as esbuild. */
function workerOfCode(code: string, thread: number): Worker {
  const address = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  const worker = new Worker(address, { type: 'module', name: nameOf(thread) });
  // the worker fetches the code later; the address is needed until it listens
  worker.addEventListener('message', () => URL.revokeObjectURL(address), { once: true });
  return worker;
}

/** As the tools of a browser show it. */
function nameOf(thread: number): string {
  return `weft thread ${thread}`;
}

async function listening(worker: Worker, start: WorkerStart): Promise<PoolWorker> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      worker.addEventListener('message', () => resolve(), { once: true });
      worker.addEventListener('error', (event) => reject(failureOf(event)), { once: true });
      timer = setTimeout(() => reject(new Error('it does not answer')), patience);
      worker.postMessage(start);
    });
  } catch (error) {
    worker.terminate();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return new PagePoolWorker(worker, start.thread);
}

class PagePoolWorker implements PoolWorker {
  readonly #worker: Worker;
  onFailure: ((error: Error) => void) | null = null;

  constructor(worker: Worker, thread: number) {
    this.#worker = worker;
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.onFailure?.(new Error(`worker thread ${thread} failed: ${failureOf(event).message}`));
    });
  }

  post(message: LoadMessage): void {
    this.#worker.postMessage(message);
  }

  close(): Promise<void> {
    this.onFailure = null;
    this.#worker.terminate();
    return Promise.resolve();
  }
}

/** A worker whose file cannot be loaded fails without a message. */
function failureOf({ message }: Event & { readonly message?: string }): Error {
  return new Error(message || 'its file cannot be loaded');
}
