import type { MessagePort, Worker } from 'node:worker_threads';
import { breathe } from '../../../breathe.ts';
import { Patience } from './patience.ts';
import {
  commands,
  controlBytes,
  doneWord,
  type LoadMessage,
  spin,
  words,
  type WorkerStart,
} from './protocol.ts';
import { workerUrl } from './worker-url.ts';

/** How long the main thread sleeps before it looks whether a worker has failed. */
const sleepMilliseconds = 20;

/** Worker threads on one shared memory. The main thread is thread 0 and does its own share of the work. */
export class ThreadPool {
  readonly #control: Int32Array;
  readonly #workers: readonly Worker[];
  readonly #ports: readonly MessagePort[];
  readonly #patience: Patience;
  #generation = 0;
  #failure: Error | null = null;

  private constructor(
    control: Int32Array,
    workers: readonly Worker[],
    ports: readonly MessagePort[],
    patience: Patience,
  ) {
    this.#patience = patience;
    this.#control = control;
    this.#workers = workers;
    this.#ports = ports;
    for (const [index, worker] of workers.entries()) {
      worker.on('error', (error) => {
        this.#failure ??= new Error(`worker thread ${index + 1} failed: ${(error as Error).message}`, {
          cause: error,
        });
      });
      worker.on('exit', (code) => {
        this.#failure ??= endedError(index + 1, code);
      });
    }
  }

  /** Starts `threads` − 1 workers and waits until they listen. */
  static async start(threads: number, memory: WebAssembly.Memory): Promise<ThreadPool> {
    const { MessageChannel, Worker } = process.getBuiltinModule('node:worker_threads');
    const { availableParallelism } = process.getBuiltinModule('node:os');
    const patience = new Patience(threads, availableParallelism());
    const control = new Int32Array(new SharedArrayBuffer(controlBytes(threads)));
    control[words.rounds] = patience.rounds;
    const started = Array.from({ length: threads - 1 }, (_, index) => {
      const { port1, port2 } = new MessageChannel();
      const workerData: WorkerStart = { thread: index + 1, control, memory, port: port2 };
      const worker = new Worker(workerUrl, { workerData, transferList: [port2], execArgv: [] });
      return { worker, port: port1 };
    });
    try {
      await Promise.all(started.map(({ worker }, index) => untilItListens(worker, index + 1)));
    } catch (error) {
      await Promise.all(started.map(({ worker }) => worker.terminate()));
      throw error;
    }
    // workers must not keep the process alive
    for (const { worker, port } of started) {
      worker.unref();
      port.unref();
    }
    return new ThreadPool(
      control,
      started.map(({ worker }) => worker),
      started.map(({ port }) => port),
      patience,
    );
  }

  /** Hands a program's module to all workers, under a number. */
  async load(program: number, module: WebAssembly.Module): Promise<void> {
    const message: LoadMessage = { program, module };
    for (const port of this.#ports) port.postMessage(message);
    this.#release(commands.load, 0, 0);
    if (!this.#join()) await this.#joinSlowly();
  }

  /** Runs a phase on all threads: `ownPieces` on this one. Returns a promise only if that takes long. */
  run(program: number, phase: number, ownPieces: readonly (() => void)[]): Promise<void> | undefined {
    const start = performance.now();
    this.#release(commands.run, program, phase);
    if (ownPieces.length > 1) return this.#runInTurns(ownPieces);
    ownPieces[0]!();
    const own = performance.now() - start;
    if (!this.#join()) return this.#joinSlowly().then(() => this.#observe(own, start));
    this.#observe(own, start);
    return undefined;
  }

  /** Phases as long as these say nothing about patience: to wake up takes none of their time. */
  async #runInTurns(ownPieces: readonly (() => void)[]): Promise<void> {
    for (const piece of ownPieces) {
      piece();
      await breathe();
    }
    if (!this.#join()) await this.#joinSlowly();
  }

  #observe(own: number, start: number): void {
    const before = this.#patience.rounds;
    this.#patience.observe(own, performance.now() - start);
    // writing in every phase would each time take the line from the caches of all workers
    const { rounds } = this.#patience;
    if (rounds !== before) Atomics.store(this.#control, words.rounds, rounds);
  }

  /** Ends the workers. Work that is not done, or that comes later, fails: nobody would do it. */
  async close(): Promise<void> {
    this.#failure ??= new Error('the wasm engine is closed');
    for (const worker of this.#workers) worker.removeAllListeners();
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #release(command: number, program: number, phase: number): void {
    const control = this.#control;
    if (this.#failure) throw this.#failure;
    this.#generation = (this.#generation + 1) | 0;
    Atomics.store(control, words.command, command);
    Atomics.store(control, words.program, program);
    Atomics.store(control, words.phase, phase);
    Atomics.store(control, words.generation, this.#generation);
    if (Atomics.load(control, words.sleepers) > 0) Atomics.notify(control, words.generation);
  }

  /** The first worker that is still busy, or 0. */
  #busy(): number {
    for (let thread = 1; thread <= this.#workers.length; thread++) {
      if (Atomics.load(this.#control, doneWord(thread)) !== this.#generation) return thread;
    }
    return 0;
  }

  #join(): boolean {
    return spin(() => this.#busy() === 0, this.#patience.rounds);
  }

  /** Sleeps until all workers are done. In between the event loop runs, because it reports the failure of a worker. */
  async #joinSlowly(): Promise<void> {
    const control = this.#control;
    for (let thread = this.#busy(); thread !== 0; thread = this.#busy()) {
      Atomics.store(control, words.mainSleeps, 1);
      const before = Atomics.load(control, doneWord(thread));
      if (before !== this.#generation) Atomics.wait(control, doneWord(thread), before, sleepMilliseconds);
      Atomics.store(control, words.mainSleeps, 0);
      if (this.#busy() === 0) return;
      await process.getBuiltinModule('node:timers/promises').setImmediate();
      if (this.#failure) throw this.#failure;
    }
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
