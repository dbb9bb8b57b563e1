import type { Engine } from '../engine.ts';
import { alignUp } from '../memory.ts';
import type { Program } from '../../tensor/program.ts';
import type { PreparationOptions } from '../preparation.ts';
import { type ArrayOf, type DataType, type Storage, type Tensor, viewOf } from '../../tensor/tensor.ts';
import { type Features, narrowReason, oneThreadReason, probeFeatures, setRevectorize } from './features.ts';
import { loadLowerings } from './plan/lower/lower.ts';
import { buildModule } from './plan/module.ts';
import { type Plan, planProgram } from './plan/plan.ts';
import { CompiledProgram, type Exports, WasmExecutable } from './executable.ts';
import type { Target } from './kernels/kernel.ts';
import { ThreadPool } from './threads/thread-pool.ts';

export interface WasmOptions extends PreparationOptions {
  /** Number of threads, the main one included; as many as there are cores, up to 8, if left out. */
  readonly threads?: number;
  /** Whether V8 may pack 128-bit operations into 256-bit ones; true if left out. */
  readonly revectorize?: boolean;
  /** Whether multiply-add with one rounding may be used; true if left out. */
  readonly relaxedSimd?: boolean;
  /** Receives what a person should know, such as a kernel that failed its check. */
  readonly onNotice?: (notice: string) => void;
}

const pageBytes = 65_536;
/** 2 GiB of addresses; a page takes memory only when it is used. */
const maximumPages = 32_768;
/** Nothing is placed below, so that an address that nobody set, 0, never means a tensor. */
const firstAddress = 1024;

/** Runs programs as WebAssembly that is written for their exact shapes, on several threads. */
export class WasmEngine implements Engine {
  readonly name = 'wasm';
  readonly threads: number;
  readonly #features: Features;
  readonly #memory: WebAssembly.Memory;
  readonly #pool: ThreadPool | null;
  readonly #onNotice: (notice: string) => void;
  readonly #preparation: PreparationOptions;
  readonly #addresses = new Map<Storage, number>();
  readonly #views = new Map<Storage, ArrayOf<DataType>>();
  readonly #verified = new Set<string>();
  readonly #relaxed: boolean;
  #wide: boolean;
  #end = firstAddress;
  #arena = { start: 0, bytes: 0 };
  #programs = 0;
  #isClosed = false;

  private constructor(
    features: Features,
    memory: WebAssembly.Memory,
    pool: ThreadPool | null,
    threads: number,
    options: WasmOptions,
  ) {
    this.#features = features;
    this.#memory = memory;
    this.#pool = pool;
    this.threads = threads;
    this.#relaxed = features.relaxedSimd && options.relaxedSimd !== false;
    this.#wide = this.#relaxed && features.revectorize && options.revectorize !== false;
    this.#onNotice = options.onNotice ?? (() => {});
    this.#preparation = options;
  }

  /** @throws if this machine's WebAssembly has no SIMD */
  static async start(options: WasmOptions = {}): Promise<WasmEngine> {
    const features = probeFeatures();
    if (!features.simd) throw new Error('this WebAssembly has no SIMD');
    const threads = features.sharedMemory ? (options.threads ?? usefulThreads()) : 1;
    const memory = new WebAssembly.Memory({
      initial: 1,
      maximum: maximumPages,
      shared: features.sharedMemory,
    });
    const pool = threads > 1 ? await ThreadPool.start(threads, memory) : null;
    const engine = new WasmEngine(features, memory, pool, threads, options);
    setRevectorize(engine.#wide);
    return engine;
  }

  get target(): Target {
    return { fma: this.#relaxed, wide: this.#wide };
  }

  get description(): string {
    const width = this.#wide ? '256-bit' : narrowWidth();
    const fma = this.#relaxed ? ' with fused multiply-add' : '';
    const threads = `${this.threads} thread${this.threads === 1 ? '' : 's'}`;
    const reason = oneThreadReason();
    const alone = reason === null ? '' : ` (${reason})`;
    return `WebAssembly SIMD, ${width}${fma}, ${threads}${alone}`;
  }

  async compile(program: Program): Promise<WasmExecutable> {
    if (this.#isClosed) throw new Error('the wasm engine is closed');
    const compiled = await this.#compileOnce(program);
    return new WasmExecutable(compiled, () => this.#check(program, compiled));
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
    return this.#check(program, await this.#compileOnce(program));
  }

  async #compileOnce(program: Program): Promise<CompiledProgram> {
    await loadLowerings(program);
    setRevectorize(this.#wide);
    const plan = planProgram(program, this.target, this.threads);
    for (const tensor of program.persistentTensors()) this.#placePersistent(tensor);
    this.#placeTemporaries(plan);
    const limits = { initial: 1, maximum: maximumPages, shared: this.#features.sharedMemory };
    const addressOf = (storage: Storage): number => this.#addressOf(storage);
    const label = this.#wide ? '256-bit' : '128-bit';
    const builder = buildModule(plan, this.threads, addressOf, limits, label);
    const module = await WebAssembly.compile(builder.encode());
    const instance = await WebAssembly.instantiate(module, { env: { memory: this.#memory } });
    const id = this.#programs++;
    await this.#pool?.load(id, module);
    return new CompiledProgram({
      id,
      plan,
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
  #placeTemporaries({ offsets, arenaBytes }: Plan): void {
    if (arenaBytes > this.#arena.bytes) {
      this.#arena = { start: this.#allocate(arenaBytes), bytes: arenaBytes };
    }
    for (const [storage, offset] of offsets) {
      this.#addresses.set(storage, this.#arena.start + offset);
      this.#views.delete(storage);
    }
  }

  #allocate(bytes: number): number {
    const start = this.#end;
    this.#end = alignUp(start + bytes);
    const missing = Math.ceil(this.#end / pageBytes) - this.#memory.buffer.byteLength / pageBytes;
    if (missing > 0) {
      try {
        this.#memory.grow(missing);
      } catch (error) {
        const needed = Math.ceil(this.#end / 2 ** 20);
        throw new Error(`the wasm engine cannot get ${needed} MiB of memory; use a smaller batch`, {
          cause: error,
        });
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

/** 128 bits, and why not 256 if that is not for the user to choose. */
function narrowWidth(): string {
  const reason = narrowReason();
  return reason === null ? '128-bit' : `128-bit (${reason})`;
}

function usefulThreads(): number {
  return Math.min(process.getBuiltinModule('node:os').availableParallelism(), 8);
}
