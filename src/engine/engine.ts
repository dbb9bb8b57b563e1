import type { Program } from '../tensor/program.ts';
import type { ArrayOf, DataType, Tensor } from '../tensor/tensor.ts';

/** A program, compiled and placed in an engine's memory. */
export interface Executable {
  /**
   * Runs the program once, on the values that the persistent tensors have in the engine (see `Engine.write`). Timers and
   * others have their turn while it runs, or after it, if they have waited for long (src/breathe.ts).
   */
  run(): Promise<void>;

  /**
   * Gives back what the program takes in the engine, and the persistent tensors that no other program of it has. It is not
   * run again. Engines without it give everything back when they are closed.
   */
  release?(): void;
}

/**
 * Runs programs. The programs of one engine share its persistent tensors: an evaluation sees the weights that the
 * training program updated. A persistent tensor starts with the values that it has when the first program that uses
 * it is compiled. From then on the engine's copy counts, and the tensor's own values are out of date.
 */
export interface Engine {
  readonly name: 'reference' | 'wasm' | 'gpu';
  /** The most threads that work at a time. */
  readonly threads: number;
  /** What runs, as a message says it: `TypeScript loops, 1 thread`. */
  readonly description: string;
  /** Why it was chosen, as a message says it: `asked for`, `the fastest engine here`. */
  reason: string;
  compile(program: Program): Promise<Executable>;
  /** Sets a persistent tensor of a compiled program. */
  write<D extends DataType>(tensor: Tensor<D>, values: ArrayLike<number>): void;
  /** A copy of a persistent tensor, or of an output of the program that ran last. */
  read<D extends DataType>(tensor: Tensor<D>): Promise<ArrayOf<D>>;
  close(): Promise<void>;
}
