/** A compute kernel in WGSL. All sizes are constants in its code. */
export interface WgslKernel {
  /** Two kernels of one name have the same code. */
  readonly name: string;
  /** WGSL with the entry point `main`; its storage buffers are group 0, bindings 0, 1, 2 … */
  readonly code: string;
  /** For each binding: `read` is var<storage, read>, `write` is var<storage, read_write>. At most 8. */
  readonly bindings: readonly ('read' | 'write')[];
  /** Workgroups to dispatch, each dimension at most 65,535. */
  readonly groups: readonly [number, number, number];
}
