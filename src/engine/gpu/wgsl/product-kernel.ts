import type { WgslKernel } from './kernel.ts';

/** The buffers of a product. `scratch` holds partial sums between its two kernels. */
export type ProductBuffer = 'a' | 'b' | 'bias' | 'kept' | 'scratch' | 'c' | 'sums';

export interface ProductKernel extends WgslKernel {
  /** What each binding takes. */
  readonly buffers: readonly ProductBuffer[];
}

export interface ProductKernels {
  /** In the order in which they run. */
  readonly kernels: readonly ProductKernel[];
  /** Floats of the buffer `scratch`, which passes partial sums from the first kernel to the second; 0 if there is one. */
  readonly scratch: number;
}
