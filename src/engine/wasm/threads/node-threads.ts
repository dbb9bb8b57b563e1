import type { MessagePort, Worker } from 'node:worker_threads';
import type { PoolWorker, ThreadHost } from './host.ts';
import { nodeWorkerUrl } from './node-worker-url.ts';
import type { LoadMessage, WorkerStart } from './protocol.ts';

export const nodeThreads: ThreadHost = {
  cores: () => process.getBuiltinModule('node:os').availableParallelism(),

  async startWorker(start: WorkerStart): Promise<PoolWorker> {
    const { MessageChannel, Worker } = process.getBuiltinModule('node:worker_threads');
    const { port1, port2 } = new MessageChannel();
    const workerData = { ...start, port: port2 };
    const worker = new Worker(nodeWorkerUrl, { workerData, transferList: [port2], execArgv: [] });
    try {
      await untilItListens(worker, start.thread);
    } catch (error) {
      await worker.terminate();
      throw error;
    }
    return new NodePoolWorker(worker, port1, start.thread);
  },
};

class NodePoolWorker implements PoolWorker {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  onFailure: ((error: Error) => void) | null = null;

  constructor(worker: Worker, port: MessagePort, thread: number) {
    this.#worker = worker;
    this.#port = port;
    // workers must not keep the process alive
    worker.unref();
    port.unref();
    worker.on('error', (cause) => {
      const { message } = cause as Error;
      this.onFailure?.(new Error(`worker thread ${thread} failed: ${message}`, { cause }));
    });
    worker.on('exit', (code) => this.onFailure?.(endedError(thread, code)));
  }

  post(message: LoadMessage): void {
    this.#port.postMessage(message);
  }

  async close(): Promise<void> {
    this.#worker.removeAllListeners();
    await this.#worker.terminate();
  }
}

/** A worker may also end without an error, whatever its exit code: other code that Node loads into it may do so. */
function untilItListens(worker: Worker, thread: number): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', (code) => reject(endedError(thread, code)));
  });
}

function endedError(thread: number, code: number): Error {
  return new Error(`worker thread ${thread} ended unexpectedly, with code ${code}`);
}
