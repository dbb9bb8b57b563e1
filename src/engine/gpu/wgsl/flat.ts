import { bindingsOf, declare, type KernelBuffer } from './buffers.ts';
import type { WgslKernel } from './kernel.ts';
import { reformat } from './source.ts';

/** Threads of a workgroup. */
const groupSize = 64;
/** The most workgroups that a dispatch may have in one dimension. */
const mostGroups = 65_535;

interface FlatKernel {
  readonly name: string;
  /** Number of items; each has a thread. */
  readonly items: number;
  readonly buffers: readonly KernelBuffer[];
  /** Statements that compute the item `index`, a u32 below `items`. */
  readonly body: string;
  /** The most buffers that the kernel may have; 8 if left out. */
  readonly mostBuffers?: number | undefined;
}

/**
 * A kernel with a thread for each item. A row of workgroups has at most 65,535 · 64 items; where there are more, there
 * are more rows. The last row may have more threads than items, so each thread compares its `index` with their number.
 */
export function flatKernel({ name, items, buffers, body, mostBuffers }: FlatKernel): WgslKernel {
  const groups = Math.ceil(items / groupSize);
  const rows = Math.ceil(groups / mostGroups);
  const groupsOfRow = Math.ceil(groups / rows);
  return {
    name,
    code: reformat(`${declare(buffers).join('\n')}

@compute @workgroup_size(${groupSize})
fn main(@builtin(global_invocation_id) thread: vec3u) {
  let index = thread.y * ${groupsOfRow * groupSize}u + thread.x;
  if (index < ${items}u) {
    ${body}
  }
}`),
    bindings: bindingsOf(name, buffers, mostBuffers),
    groups: [groupsOfRow, rows, 1],
  };
}

/** Whether an array of `length` numbers is read and written four at a time. */
export function inFours(length: number): boolean {
  return length % 4 === 0;
}
