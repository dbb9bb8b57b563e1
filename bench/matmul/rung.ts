/** What every rung of the ladder offers: one way to compute C [m, n] = A [m, k] · B [k, n], in float32. */

/** Sizes of a product: A [m, k], B [k, n], C [m, n]; all at least 1. */
export interface Sizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

export const families = ['TypeScript', 'WebAssembly', 'gpu.js'] as const;

export interface Rung {
  /** The name of its file; of weft's own kernels, `engine-` and what they run on. */
  readonly name: string;
  readonly family: (typeof families)[number];
  /** In six words at most. */
  readonly idea: string;
  /** Whether it shares the work among all threads that it may use. */
  readonly threaded?: true;
  /** Why it cannot run on this machine; null if it can. */
  readonly unavailable: () => string | null | Promise<string | null>;
  /** Makes everything ready for products of these sizes. */
  readonly create: (sizes: Sizes, threads: number) => Product | Promise<Product>;
}

/** A rung, ready for products of one size. */
export interface Product {
  /** Hands over A and B, row by row. Not timed. */
  load(a: Float32Array, b: Float32Array): void | Promise<void>;
  /** Computes C, `times` times over, and returns when that is done: this is timed. */
  run(times: number): void | Promise<void>;
  /** C, row by row. Not timed. */
  read(): Float32Array | Promise<Float32Array>;
  dispose(): void | Promise<void>;
}
