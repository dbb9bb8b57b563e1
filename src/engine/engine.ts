import type { Program } from '../tensor/program.ts';
import type { ArrayOf, DataType, Tensor } from '../tensor/tensor.ts';

/** A program, compiled and placed in an engine's memory. */
export interface Executable {
  /** Runs the program once. Inputs are what the engine's `write` last left in the persistent tensors. */
  run(): Promise<void>;
}

/**
 * Runs programs. The programs of one engine share its persistent tensors: the evaluation program sees the
 * weights that the training program updated. A persistent tensor starts with the values that it has when the
 * first program that uses it is compiled; from then on the engine's copy is the true one.
 */
export interface Engine {
  readonly name: 'reference' | 'wasm' | 'gpu';
  readonly threads: number;
  /** What runs, for people: `plain TypeScript loops, 1 thread`. */
  readonly description: string;
  compile(program: Program): Promise<Executable>;
  /** Sets a persistent tensor of a compiled program. */
  write<D extends DataType>(tensor: Tensor<D>, values: ArrayLike<number>): void;
  /** A copy of a persistent tensor, or of an output of the program that ran last. */
  read<D extends DataType>(tensor: Tensor<D>): Promise<ArrayOf<D>>;
  close(): Promise<void>;
}
