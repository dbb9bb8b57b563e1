import { breathe, breathIsDue, turn } from '../../../breathe.ts';
import type { PoolWorker } from './host.ts';
import { threadHost } from './this-host.ts';
import { Patience } from './patience.ts';
import { commands, controlBytes, doneWord, type LoadMessage, spin, words } from './protocol.ts';
import type { Piece } from './shares.ts';
import { sleep } from './sleep.ts';
import { Team, type TeamOptions } from './team.ts';

/** How long the main thread sleeps before it looks whether a worker has failed. */
const sleepMilliseconds = 20;

interface PoolParts {
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly workers: readonly PoolWorker[];
  readonly patience: Patience;
  readonly team: Team;
}

/** Worker threads on one shared memory. The main thread is thread 0 and does its own share of the work. */
export class ThreadPool {
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #workers: readonly PoolWorker[];
  readonly #patience: Patience;
  readonly #team: Team;
  /** How many threads take part, the main one included. */
  #present: number;
  /** Milliseconds that the run of a program has taken so far, and those of them in which the main thread waited. */
  #spent = 0;
  #waited = 0;
  #generation = 0;
  #failure: Error | null = null;

  private constructor({ control, workers, patience, team }: PoolParts) {
    this.#patience = patience;
    this.#team = team;
    this.#control = control;
    this.#workers = workers;
    this.#present = workers.length + 1;
    for (const worker of workers) {
      worker.onFailure = (error) => {
        this.#failure ??= error;
      };
    }
  }

  /** Starts `threads` − 1 workers and waits until they listen. All take part in every run, if no options are given. */
  static async start(
    threads: number,
    memory: WebAssembly.Memory,
    options: TeamOptions = { isFixed: true },
  ): Promise<ThreadPool> {
    const host = await threadHost();
    const patience = new Patience(threads, host.cores());
    const team = new Team(threads, options);
    const control = new Int32Array(new SharedArrayBuffer(controlBytes(threads)));
    control[words.rounds] = patience.rounds;
    control[words.team] = threads;
    const starting = Array.from({ length: threads - 1 }, (_, index) =>
      host.startWorker({ thread: index + 1, control, memory }),
    );
    try {
      const workers = await Promise.all(starting);
      return new ThreadPool({ control, workers, patience, team });
    } catch (error) {
      const ends = starting.map((worker) => worker.then((started) => started.close()));
      await Promise.allSettled(ends);
      throw error;
    }
  }

  /** Hands a program's module to all workers, under a number. */
  async load(program: number, module: WebAssembly.Module): Promise<void> {
    await this.#gather(this.#workers.length + 1);
    const message: LoadMessage = { program, module };
    for (const worker of this.#workers) worker.post(message);
    this.#release(commands.load, 0, 0);
    await this.#joined();
  }

  /** How many threads take part in a run, once it has begun. */
  get present(): number {
    return this.#present;
  }

  /** The smallest number of threads that has worked for more than a trial. */
  get fewest(): number {
    return this.#team.fewest;
  }

  /** To be called before the phases of a run. Returns a promise only if threads come or go. */
  begin(): Promise<void> | undefined {
    this.#spent = 0;
    this.#waited = 0;
    const { size } = this.#team;
    return size === this.#present ? undefined : this.#change(size);
  }

  /** Runs a phase on all threads that take part: `own` on this one. Returns a promise only if that takes long. */
  run(program: number, phase: number, own: readonly Piece[]): Promise<void> | undefined {
    const start = performance.now();
    this.#release(commands.run, program, phase);
    for (let done = 0; ;) {
      own[done]!();
      done += 1;
      if (done === own.length) break;
      if (breathIsDue()) return this.#runInTurns(own.slice(done), start);
    }
    const ownEnd = performance.now();
    if (!this.#join()) return this.#joinSlowly().then(() => this.#observe(start, ownEnd));
    this.#observe(start, ownEnd);
    return undefined;
  }

  /** To be called after the phases of a run. */
  end(program: number): void {
    this.#team.observe(program, this.#spent, this.#waited);
  }

  /** Phases as long as these say nothing about patience: to wake up takes none of their time. */
  async #runInTurns(own: readonly Piece[], start: number): Promise<void> {
    this.#spent += performance.now() - start;
    for (const piece of own) {
      await breathe();
      const begin = performance.now();
      piece();
      this.#spent += performance.now() - begin;
    }
    const begin = performance.now();
    await this.#joined();
    this.#account(begin, begin);
  }

  /** Takes note of a phase in which the main thread's own part took until `ownEnd`. */
  #observe(start: number, ownEnd: number): void {
    const whole = this.#account(start, ownEnd);
    if (this.#present === 1) return;
    const before = this.#patience.rounds;
    this.#patience.observe(ownEnd - start, whole);
    // writing in every phase would each time take the line from the caches of all workers
    const { rounds } = this.#patience;
    if (rounds !== before) Atomics.store(this.#control, words.rounds, rounds);
  }

  /** Adds the time since `start` to that of the run: the main thread has waited since `ownEnd`. */
  #account(start: number, ownEnd: number): number {
    const end = performance.now();
    this.#spent += end - start;
    this.#waited += end - ownEnd;
    return end - start;
  }

  async #change(size: number): Promise<void> {
    const start = performance.now();
    await this.#gather(size);
    this.#team.observeGathering(performance.now() - start);
  }

  /** Sends threads away, or calls them back, until `size` are there. */
  async #gather(size: number): Promise<void> {
    Atomics.store(this.#control, words.team, size);
    Atomics.notify(this.#control, words.team);
    this.#present = Math.max(size, this.#present);
    this.#release(commands.gather, 0, 0);
    await this.#joined();
    this.#present = size;
  }

  /** Ends the workers. Work that is not done, or that comes later, fails: nobody would do it. */
  async close(): Promise<void> {
    this.#failure ??= new Error('the wasm engine is closed');
    await Promise.all(this.#workers.map((worker) => worker.close()));
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

  /** The first worker of those who take part that is still busy, or 0. */
  #busy(): number {
    for (let thread = 1; thread < this.#present; thread++) {
      if (Atomics.load(this.#control, doneWord(thread)) !== this.#generation) return thread;
    }
    return 0;
  }

  #join(): boolean {
    return spin(() => this.#busy() === 0, this.#patience.rounds);
  }

  async #joined(): Promise<void> {
    if (!this.#join()) await this.#joinSlowly();
  }

  /** Sleeps until all workers are done. In between the event loop runs, because it reports the failure of a worker. */
  async #joinSlowly(): Promise<void> {
    const control = this.#control;
    for (let thread = this.#busy(); thread !== 0; thread = this.#busy()) {
      Atomics.store(control, words.mainSleeps, 1);
      const before = Atomics.load(control, doneWord(thread));
      if (before !== this.#generation) await sleep(control, doneWord(thread), before, sleepMilliseconds);
      Atomics.store(control, words.mainSleeps, 0);
      if (this.#busy() === 0) return;
      await turn();
      if (this.#failure) throw this.#failure;
    }
  }
}
