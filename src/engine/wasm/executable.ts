import { breathe, breathIsDue } from '../../breathe.ts';
import type { Executable } from '../engine.ts';
import type { OneAtATime } from '../one-at-a-time.ts';
import type { PreparationOptions } from '../preparation.ts';
import type { ArrayOf, DataType, Storage } from '../../tensor/tensor.ts';
import { taskExport } from './plan/module.ts';
import { partition } from './plan/partition.ts';
import { allTasks, type Plan } from './plan/plan.ts';
import type { Task } from './plan/task.ts';
import { type Phases, type Piece, phasesOf, piecesOfThread } from './threads/shares.ts';
import type { ThreadPool } from './threads/thread-pool.ts';
import { verifyTask } from './verify.ts';

export type Exports = Readonly<Record<string, (...range: number[]) => void>>;

/** Memory that the temporaries of programs share. */
export interface Arena {
  readonly start: number;
  readonly bytes: number;
  /** How many compiled programs have temporaries in it. */
  programs: number;
}

interface CompiledParts {
  /** The program's number in the thread pool. */
  readonly id: number;
  readonly plan: Plan;
  readonly arena: Arena;
  readonly exports: Exports;
  readonly threads: number;
  readonly pool: ThreadPool | null;
  /** The values of a storage in the engine's memory; null if fusion left it without a place. */
  readonly view: (storage: Storage) => ArrayOf<DataType> | null;
}

/** A program's module, instantiated on the engine's memory. */
export class CompiledProgram {
  readonly #parts: CompiledParts;
  readonly #phases: Phases;
  /** What the main thread does in each phase, in a team of this many threads. */
  #own: { readonly team: number; readonly phases: readonly (readonly Piece[])[] };
  readonly tasks: readonly Task[];

  constructor(parts: CompiledParts) {
    this.#parts = parts;
    this.#phases = phasesOf(parts.exports);
    this.#own = this.#ownIn(parts.threads);
    this.tasks = allTasks(parts.plan);
  }

  /** What it takes in the engine besides its tensors. */
  get holding(): Pick<CompiledParts, 'id' | 'plan' | 'arena'> {
    return this.#parts;
  }

  async run(): Promise<void> {
    const { id, pool } = this.#parts;
    if (pool === null) {
      for (const piece of this.#own.phases.flat()) {
        piece();
        if (breathIsDue()) await breathe();
      }
      return;
    }
    const gathering = pool.begin();
    if (gathering) await gathering;
    if (pool.present !== this.#own.team) this.#own = this.#ownIn(pool.present);
    for (const [phase, own] of this.#own.phases.entries()) {
      const pending = pool.run(id, phase, own);
      if (pending) await pending;
      if (breathIsDue()) await breathe();
    }
    pool.end(id);
  }

  #ownIn(team: number): { readonly team: number; readonly phases: readonly (readonly Piece[])[] } {
    return { team, phases: this.#phases.map((shares) => piecesOfThread(shares, 0, team)) };
  }

  /** Runs all ranges of one task on this thread. */
  runTask(index: number): void {
    for (const range of this.#rangesOf(index)) range();
  }

  async #runTaskInTurns(index: number): Promise<void> {
    for (const range of this.#rangesOf(index)) {
      range();
      await breathe();
    }
  }

  #rangesOf(index: number): readonly (() => void)[] {
    const { exports, threads, plan } = this.#parts;
    const bounds = partition(this.tasks[index]!.items, threads, plan.pieces);
    return bounds.slice(1).map((end, range) => () => exports[taskExport(index)]!(bounds[range]!, end));
  }

  /**
   * Runs the program once on this thread and compares every kernel that is not in `verified` with the reference. After
   * that the persistent tensors have their old values again.
   *
   * @returns the first difference, or null
   * @throws the reason of `signal`, if it was aborted
   */
  async verify(verified: Set<string>, { onPreparation, signal }: PreparationOptions): Promise<string | null> {
    const { view } = this.#parts;
    const accesses = this.tasks.flatMap((task) => task.accesses);
    const written = new Set(
      accesses.filter(({ storage, writes }) => writes && storage.persistent).map(({ storage }) => storage),
    );
    const saved = [...written].map((storage) => ({ storage, values: view(storage)!.slice() }));
    const namesOf = ({ calls }: Task): string[] => calls.map(({ kernel }) => kernel.name);
    const isNew = (task: Task): boolean =>
      task.operations.length > 0 && namesOf(task).some((name) => !verified.has(name));
    const others = this.tasks.filter(isNew).length - 1;
    const tell = (done: number): void =>
      onPreparation?.({ task: 'checking kernels', done, total: this.tasks.length });
    try {
      for (const [index, task] of this.tasks.entries()) {
        // the reference takes its time: Ctrl-C and the terminal have their turn between two tasks
        tell(index);
        await breathe();
        signal?.throwIfAborted();
        const names = namesOf(task);
        if (!isNew(task)) {
          await this.#runTaskInTurns(index);
          continue;
        }
        const verdict = await verifyTask(task, () => this.#runTaskInTurns(index), view, others);
        if (verdict === 'right') for (const name of names) verified.add(name);
        else if (typeof verdict === 'object') return verdict.difference;
      }
      return null;
    } finally {
      for (const { storage, values } of saved) view(storage)!.set(values);
      tell(this.tasks.length);
    }
  }
}

/** A program as `WasmEngine.compile` returns it. Its first run checks the kernels, and may replace them. */
export class WasmExecutable implements Executable {
  #compiled: CompiledProgram;
  #check: (() => Promise<CompiledProgram>) | null;
  readonly #turns: OneAtATime;
  readonly #release: (compiled: CompiledProgram) => void;

  /**
   * @param turns lets the engine's programs run one at a time: they share its memory and its threads
   * @param release gives back what the program takes
   */
  constructor(
    compiled: CompiledProgram,
    check: () => Promise<CompiledProgram>,
    turns: OneAtATime,
    release: (compiled: CompiledProgram) => void,
  ) {
    this.#compiled = compiled;
    this.#check = check;
    this.#turns = turns;
    this.#release = release;
  }

  release(): void {
    this.#release(this.#compiled);
  }

  /** The tasks in the order in which one thread runs them, with the kernels they call. */
  get tasks(): readonly Task[] {
    return this.#compiled.tasks;
  }

  /** Runs one task alone on this thread, for measurements. Call `run` first: it checks the kernels. */
  runTask(index: number): void {
    this.#compiled.runTask(index);
  }

  async run(): Promise<void> {
    const earlier = this.#turns.take();
    if (earlier) await earlier;
    try {
      if (this.#check !== null) {
        this.#compiled = await this.#check();
        this.#check = null;
      }
      await this.#compiled.run();
    } finally {
      this.#turns.give();
    }
  }
}
