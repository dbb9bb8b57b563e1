import { breathe } from '../../breathe.ts';
import type { Engine } from '../engine.ts';
import { inNode } from '../node.ts';
import { OneAtATime } from '../one-at-a-time.ts';
import type { Program } from '../../tensor/program.ts';
import type { PreparationOptions } from '../preparation.ts';
import { type ArrayOf, type DataType, type Storage, type Tensor, viewOf } from '../../tensor/tensor.ts';
import type { MemoryLimits } from './assembler/module-builder.ts';
import { createMemory, type EngineMemory, pageBytes } from './engine-memory.ts';
import { oneThreadReason, probeFeatures } from './features.ts';
import { loadLowerings } from './plan/lower/lower.ts';
import { moduleByTasks } from './plan/module.ts';
import { type Plan, planInPieces } from './plan/plan.ts';
import { type Arena, CompiledProgram, type Exports, WasmExecutable } from './executable.ts';
import type { Target } from './kernels/kernel.ts';
import { checkMayCompile } from './may-compile.ts';
import { narrowReason, setRevectorize } from './packing/packing.ts';
import { Places } from './places.ts';
import type { ThreadPool } from './threads/thread-pool.ts';

export interface WasmOptions extends PreparationOptions {
  /**
   * Number of threads, the main one included: the engine keeps to it. If left out, one for each core, up to 8, and fewer
   * while other programs keep the cores busy.
   */
  readonly threads?: number;
  /** Whether V8 may pack 128-bit operations into 256-bit ones; true if left out. */
  readonly revectorize?: boolean;
  /** Whether multiply-add with one rounding may be used; true if left out. */
  readonly relaxedSimd?: boolean;
  /** Receives what a person should know, such as a kernel that failed its check. */
  readonly onNotice?: (notice: string) => void;
}

/** Nothing is placed below, so that an address that nobody set, 0, never means a tensor. */
const firstAddress = 1024;

/** More threads than this gain nothing in programs of the size of a small network's step. */
const mostUsefulThreads = 8;

interface Threads {
  readonly count: number;
  readonly pool: ThreadPool | null;
  readonly aloneReason: string | null;
}

interface EngineParts {
  readonly memory: EngineMemory;
  readonly threads: Threads;
  readonly whyNarrow: string | null;
  readonly relaxedSimd: boolean;
}

/** Runs programs as WebAssembly that is written for their exact shapes, on several threads. */
export class WasmEngine implements Engine {
  readonly name = 'wasm';
  reason = 'asked for';
  readonly threads: number;
  readonly #memory: WebAssembly.Memory;
  readonly #limits: MemoryLimits;
  readonly #pool: ThreadPool | null;
  /** Why there is one thread; null where there are several, or where one was asked for. */
  readonly #aloneReason: string | null;
  readonly #onNotice: (notice: string) => void;
  readonly #preparation: PreparationOptions;
  readonly #places = new Places(firstAddress);
  readonly #addresses = new Map<Storage, number>();
  /** How many programs have each persistent tensor. */
  readonly #programsOf = new Map<Storage, number>();
  readonly #views = new Map<Storage, ArrayOf<DataType>>();
  readonly #verified = new Set<string>();
  readonly #turns = new OneAtATime();
  readonly #relaxed: boolean;
  #wide: boolean;
  /** Why vectors have 128 bits; null where they have 256, or where the options ask for 128. */
  #narrowReason: string | null = null;
  #arena: Arena = { start: 0, bytes: 0, programs: 0 };
  /** How many numbers programs have had, and those that are free again. */
  #numbers = 0;
  readonly #freeNumbers: number[] = [];
  #isClosed = false;

  private constructor({ memory, threads, whyNarrow, relaxedSimd }: EngineParts, options: WasmOptions) {
    this.#memory = memory.memory;
    this.#limits = memory.limits;
    this.#pool = threads.pool;
    this.threads = threads.count;
    this.#aloneReason = threads.aloneReason;
    this.#relaxed = relaxedSimd && options.relaxedSimd !== false;
    const mayBeWide = this.#relaxed && options.revectorize !== false;
    this.#wide = mayBeWide && whyNarrow === null;
    this.#narrowReason = mayBeWide ? whyNarrow : null;
    this.#onNotice = options.onNotice ?? (() => {});
    this.#preparation = options;
  }

  /** @throws if this machine's WebAssembly has no SIMD, or if it may not be compiled */
  static async start(options: WasmOptions = {}): Promise<WasmEngine> {
    const { simd, relaxedSimd, sharedMemory } = probeFeatures();
    if (!simd) throw new Error('this WebAssembly has no SIMD');
    if (!inNode) await checkMayCompile();
    const memory = createMemory(sharedMemory);
    const [threads, whyNarrow] = await Promise.all([
      sharedMemory ? startThreads(memory.memory, options) : alone(oneThreadReason()),
      narrowReason(),
    ]);
    const engine = new WasmEngine({ memory, threads, whyNarrow, relaxedSimd }, options);
    setRevectorize(engine.#wide);
    return engine;
  }

  get target(): Target {
    return { fma: this.#relaxed, wide: this.#wide };
  }

  get description(): string {
    const whyNarrow = this.#narrowReason === null ? '' : ` (${this.#narrowReason})`;
    const width = this.#wide ? '256-bit' : `128-bit${whyNarrow}`;
    const fma = this.#relaxed ? ' with fused multiply-add' : '';
    const fewest = this.#pool?.fewest ?? this.threads;
    const threads = `${fewest < this.threads ? `${fewest} to ` : ''}${countThreads(this.threads)}`;
    const why = this.#aloneReason === null ? '' : ` (${this.#aloneReason})`;
    return `WebAssembly SIMD, ${width}${fma}, ${threads}${why}`;
  }

  async compile(program: Program): Promise<WasmExecutable> {
    if (this.#isClosed) throw new Error('the wasm engine is closed');
    const compiled = await this.#turns.run(() => this.#compileOnce(program));
    for (const { storage } of program.persistentTensors()) {
      this.#programsOf.set(storage, (this.#programsOf.get(storage) ?? 0) + 1);
    }
    return new WasmExecutable(
      compiled,
      () => this.#check(program, compiled),
      this.#turns,
      (last) => this.#release(program, last),
    );
  }

  #release(program: Program, compiled: CompiledProgram): void {
    this.#releaseCompiled(compiled);
    for (const { storage } of program.persistentTensors()) {
      const others = this.#programsOf.get(storage)! - 1;
      this.#programsOf.set(storage, others);
      if (others > 0) continue;
      this.#programsOf.delete(storage);
      this.#places.giveBack(this.#addressOf(storage), storage.bytes);
      this.#forget(storage);
    }
  }

  #releaseCompiled({ holding: { id, plan, arena } }: CompiledProgram): void {
    for (const storage of plan.offsets.keys()) this.#forget(storage);
    this.#freeNumbers.push(id);
    arena.programs -= 1;
    if (arena.programs > 0) return;
    if (arena.bytes > 0) this.#places.giveBack(arena.start, arena.bytes);
    if (arena === this.#arena) this.#arena = { start: 0, bytes: 0, programs: 0 };
  }

  #forget(storage: Storage): void {
    this.#addresses.delete(storage);
    this.#views.delete(storage);
  }

  /**
   * Compares every new kernel of a program with the reference, at its first run, when the inputs are real. If a kernel
   * is wrong, the program is compiled again without 256-bit registers.
   */
  async #check(program: Program, compiled: CompiledProgram): Promise<CompiledProgram> {
    const difference = await compiled.verify(this.#verified, this.#preparation);
    if (difference === null) return compiled;
    if (!this.#wide) throw new Error(`a WebAssembly kernel is wrong on this machine: ${difference}`);
    this.#onNotice(`256-bit kernels are switched off: ${difference}`);
    this.#wide = false;
    this.#narrowReason = 'a kernel with 256 was wrong';
    this.#releaseCompiled(compiled);
    return this.#check(program, await this.#compileOnce(program));
  }

  async #compileOnce(program: Program): Promise<CompiledProgram> {
    await loadLowerings(program);
    setRevectorize(this.#wide);
    const plan = planInPieces(program, this.target, this.threads);
    await breathe();
    for (const tensor of program.persistentTensors()) this.#placePersistent(tensor);
    const arena = this.#placeTemporaries(plan);
    const addressOf = (storage: Storage): number => this.#addressOf(storage);
    const label = this.#wide ? '256-bit' : '128-bit';
    const tasks = moduleByTasks(plan, this.threads, addressOf, this.#limits, label);
    let built = tasks.next();
    for (; !built.done; built = tasks.next()) await breathe();
    const bytes = built.value.encode();
    await breathe();
    const module = await WebAssembly.compile(bytes);
    const instance = await WebAssembly.instantiate(module, { env: { memory: this.#memory } });
    const id = this.#freeNumbers.pop() ?? this.#numbers++;
    await this.#pool?.load(id, module);
    return new CompiledProgram({
      id,
      plan,
      arena,
      exports: instance.exports as Exports,
      threads: this.threads,
      pool: this.#pool,
      view: (storage) => (this.#addresses.has(storage) ? this.#view(storage) : null),
    });
  }

  write<D extends DataType>(tensor: Tensor<D>, values: ArrayLike<number>): void {
    const place = this.#addresses.has(tensor.storage) ? this.#view(tensor.storage) : tensor.values;
    place.set(values);
  }

  read<D extends DataType>(tensor: Tensor<D>): Promise<ArrayOf<D>> {
    const place = this.#addresses.has(tensor.storage) ? this.#view(tensor.storage) : tensor.values;
    // a copy outside of the shared memory, which belongs to the caller
    const constructor = place.constructor as new (values: ArrayLike<number>) => ArrayOf<D>;
    return Promise.resolve(new constructor(place));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#pool?.close();
  }

  #placePersistent(tensor: Tensor<DataType>): void {
    const { storage } = tensor;
    if (this.#addresses.has(storage)) return;
    if (storage.dtype === 'float64')
      throw new Error(`tensor ${tensor.name}: the wasm engine works in float32`);
    this.#addresses.set(storage, this.#allocate(storage.bytes));
    this.#view(storage).set(tensor.values);
  }

  /** Programs run one at a time, so they share one arena. A program that needs a larger one gets a new arena. */
  #placeTemporaries({ offsets, arenaBytes }: Plan): Arena {
    if (arenaBytes > this.#arena.bytes) {
      this.#arena = { start: this.#allocate(arenaBytes), bytes: arenaBytes, programs: 0 };
    }
    this.#arena.programs += 1;
    for (const [storage, offset] of offsets) {
      this.#addresses.set(storage, this.#arena.start + offset);
      this.#views.delete(storage);
    }
    return this.#arena;
  }

  #allocate(bytes: number): number {
    const start = this.#places.take(bytes);
    const { end } = this.#places;
    const missing = Math.ceil(end / pageBytes) - this.#memory.buffer.byteLength / pageBytes;
    if (missing > 0) {
      try {
        this.#memory.grow(missing);
      } catch (error) {
        this.#places.giveBack(start, bytes);
        const [needed, most] = [end, this.#limits.maximum * pageBytes].map((size) =>
          Math.ceil(size / 2 ** 20),
        );
        throw new Error(
          `the wasm engine cannot get ${needed} MiB of memory (its limit is ${most}); use a smaller batch`,
          { cause: error },
        );
      }
      this.#views.clear(); // growing detaches the views of a memory that is not shared
    }
    return start;
  }

  #view(storage: Storage): ArrayOf<DataType> {
    let view = this.#views.get(storage);
    if (view === undefined) {
      view = viewOf(storage.dtype, this.#memory.buffer, this.#addressOf(storage), storage.length);
      this.#views.set(storage, view);
    }
    return view;
  }

  #addressOf(storage: Storage): number {
    const address = this.#addresses.get(storage);
    if (address === undefined) throw new Error('a tensor was used that has no place in memory');
    return address;
  }
}

/** Whoever runs on one thread does not load the pool. */
function alone(aloneReason: string | null): Threads {
  return { count: 1, pool: null, aloneReason };
}

/** @throws in Node if the workers cannot be started. A page goes on without them, as it depends on who serves it */
async function startThreads(memory: WebAssembly.Memory, options: WasmOptions): Promise<Threads> {
  if (options.threads === 1) return alone(null);
  const { threadHost } = await import('./threads/this-host.ts');
  const { cores } = await threadHost();
  const count = options.threads ?? Math.min(cores(), mostUsefulThreads);
  if (count === 1) return alone(null);
  const { ThreadPool } = await import('./threads/thread-pool.ts');
  try {
    const pool = await ThreadPool.start(count, memory, {
      isFixed: options.threads !== undefined,
      onFewer: (size) => options.onNotice?.(fewerNotice(size, count)),
    });
    return { count, pool, aloneReason: null };
  } catch (error) {
    if (inNode) throw error;
    return alone(`workers cannot be started: ${(error as Error).message}`);
  }
}

function fewerNotice(size: number, threads: number): string {
  return `other programs keep the cores busy: working on ${countThreads(size)} for now (${threads} when they are free)`;
}

function countThreads(threads: number): string {
  return `${threads} thread${threads === 1 ? '' : 's'}`;
}
