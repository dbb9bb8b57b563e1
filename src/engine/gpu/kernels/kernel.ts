import type { Storage } from '../../../tensor/tensor.ts';

/** A kernel of gpu.js: what it computes for one element of its output, a flat array of float32. */
export interface GpuKernel {
  /** Says what it computes, with its sizes. Two kernels of one name have the same code, and it is compiled once. */
  readonly name: string;
  /**
   * The text of a function, `function (a, b) { return … }`, which gpu.js translates for the device. Its arguments are
   * flat arrays; `this.thread.x` is the position of the element, `this.constants` has the sizes. Bounds of loops are
   * constants: gpu.js silently ends a loop with another bound after 1000 rounds. GL has no bit operations, and gpu.js
   * writes them as loops over bits, which are right only for numbers from 0 to 2¹⁶. `(x | 0)`, which makes an integer
   * on WebGPU, is left out on GL.
   */
  readonly source: string;
  /**
   * Numbers that are fixed when the kernel is built. On WebGPU a whole number is an integer, and a variable that starts
   * with one is an integer too. So a variable for fractions must not start with a constant that may be whole.
   */
  readonly constants: Readonly<Record<string, number>>;
  /** The number of threads: of elements of the output, or of fours of them if the function returns `[w, x, y, z]`. */
  readonly length: number;
}

/** One run of a kernel: from tensors on the device to a tensor on the device. */
export interface Launch {
  readonly kernel: GpuKernel;
  /** In the order of the kernel's arguments. Whole numbers are held as float32 on the device. */
  readonly inputs: readonly Storage[];
  readonly output: Storage;
}
