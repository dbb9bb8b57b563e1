/** The interface of a rung: one way to compute C [m, n] = A [m, k] · B [k, n], in float32. */

/** Sizes of a product: A [m, k], B [k, n], C [m, n]; all at least 1. */
export interface Sizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

export const families = ['TypeScript', 'WebAssembly', 'gpu.js', 'WGSL'] as const;

/** Whether the rungs of a family run on a GPU: gpu.js translates kernels for it, WGSL is the language of WebGPU itself. */
export function isOnGpu({ family }: Pick<Rung, 'family'>): boolean {
  return family === 'gpu.js' || family === 'WGSL';
}

export interface Rung {
  /** The name of its file; for the kernels of weft, `engine-` and what they run on. */
  readonly name: string;
  readonly family: (typeof families)[number];
  /** The idea, in at most six words. */
  readonly idea: string;
  /** Whether it divides the work among several threads. */
  readonly threaded?: true;
  /** Why the rung cannot run on this machine; null if it can. */
  readonly unavailable: () => string | null | Promise<string | null>;
  /** Prepares products of these sizes. */
  readonly create: (sizes: Sizes, threads: number) => Product | Promise<Product>;
}

/** A rung that is ready for products of one size. */
export interface Product {
  /** Takes A and B, row by row. Not timed. */
  load(a: Float32Array, b: Float32Array): void | Promise<void>;
  /** Computes C `times` times, and returns when that is done. This is timed. */
  run(times: number): void | Promise<void>;
  /** C, row by row. Not timed. */
  read(): Float32Array | Promise<Float32Array>;
  dispose(): void | Promise<void>;
}
