import type { Storage } from '../../../tensor/tensor.ts';

/** A kernel of gpu.js: what it computes for one element of its output, a flat array of float32. */
export interface GpuKernel {
  /** States what it computes and its sizes: two kernels of one name are the same code, and built once. */
  readonly name: string;
  /**
   * The text of a function, `function (a, b) { return … }`, which gpu.js translates for the device. Its arguments are
   * flat arrays; `this.thread.x` is the element's position, `this.constants` holds the sizes. Loops are bounded by
   * constants: a loop whose bound is an argument ends after 1000 rounds, in silence. GL has no bit operations, which
   * gpu.js writes as loops over bits there, right below 2¹⁶ and for positive numbers only; `(x | 0)`, an integer, is
   * left out.
   */
  readonly source: string;
  /**
   * Numbers that are fixed when the kernel is built. With WebGPU a whole number is an integer, and so is a variable that
   * begins as one: what is to take fractions must not begin as a constant alone that may be whole.
   */
  readonly constants: Readonly<Record<string, number>>;
  /** Threads: elements of the output, or groups of four of them if the function returns `[w, x, y, z]`. */
  readonly length: number;
}

/** One run of a kernel: from tensors on the device to a tensor on the device. */
export interface Launch {
  readonly kernel: GpuKernel;
  /** In the order of the kernel's arguments. Whole numbers are held as float32 on the device. */
  readonly inputs: readonly Storage[];
  readonly output: Storage;
}
