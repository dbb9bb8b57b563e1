import { breathe } from '../../breathe.ts';
import type { Executable } from '../engine.ts';
import type { PreparationOptions } from '../preparation.ts';
import type { ArrayOf, DataType, Storage } from '../../tensor/tensor.ts';
import { taskExport } from './plan/module.ts';
import { partition } from './plan/partition.ts';
import { allTasks, type Plan } from './plan/plan.ts';
import type { Task } from './plan/task.ts';
import { phaseExport } from './threads/protocol.ts';
import type { ThreadPool } from './threads/thread-pool.ts';
import { verifyTask } from './verify.ts';

export type Exports = Readonly<Record<string, (...range: number[]) => void>>;

interface CompiledParts {
  /** The program's number in the thread pool. */
  readonly id: number;
  readonly plan: Plan;
  readonly exports: Exports;
  readonly threads: number;
  readonly pool: ThreadPool | null;
  /** The values of a storage in the engine's memory; null if fusion left it without a place. */
  readonly view: (storage: Storage) => ArrayOf<DataType> | null;
}

/** A program's module, instantiated on the engine's memory. */
export class CompiledProgram {
  readonly #parts: CompiledParts;
  readonly #ownPhases: readonly (() => void)[];
  readonly tasks: readonly Task[];

  constructor(parts: CompiledParts) {
    this.#parts = parts;
    this.#ownPhases = parts.plan.phases.map((_, phase) => parts.exports[phaseExport(phase, 0)]!);
    this.tasks = allTasks(parts.plan);
  }

  async run(): Promise<void> {
    const { id, pool } = this.#parts;
    for (const [phase, ownPart] of this.#ownPhases.entries()) {
      if (pool === null) ownPart();
      else {
        const pending = pool.run(id, phase, ownPart);
        if (pending) await pending;
      }
    }
  }

  /** Runs all ranges of one task on this thread. */
  runTask(index: number): void {
    const { exports, threads } = this.#parts;
    const bounds = partition(this.tasks[index]!.items, threads);
    for (let thread = 0; thread < threads; thread++) {
      exports[taskExport(index)]!(bounds[thread]!, bounds[thread + 1]!);
    }
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
    const tell = (done: number): void =>
      onPreparation?.({ task: 'checking kernels', done, total: this.tasks.length });
    try {
      for (const [index, task] of this.tasks.entries()) {
        // the reference takes its time: Ctrl-C and the terminal have their turn between two tasks
        tell(index);
        await breathe();
        signal?.throwIfAborted();
        const names = task.calls.map(({ kernel }) => kernel.name);
        const isNew = task.operations.length > 0 && names.some((name) => !verified.has(name));
        if (!isNew) {
          this.runTask(index);
          continue;
        }
        const verdict = verifyTask(task, () => this.runTask(index), view);
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

  constructor(compiled: CompiledProgram, check: () => Promise<CompiledProgram>) {
    this.#compiled = compiled;
    this.#check = check;
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
    if (this.#check !== null) {
      this.#compiled = await this.#check();
      this.#check = null;
    }
    await this.#compiled.run();
  }
}
