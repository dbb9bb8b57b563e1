import { bindingsOf, declare, type KernelBuffer } from './buffers.ts';
import type { WgslKernel } from './kernel.ts';
import { reformat } from './source.ts';

/** Threads of a workgroup. */
const groupSize = 64;
/** What a dispatch may have in one dimension. */
const mostGroups = 65_535;

interface FlatKernel {
  readonly name: string;
  /** Number of items, each for a thread of its own. */
  readonly items: number;
  readonly buffers: readonly KernelBuffer[];
  /** Statements that compute the item `index`, a u32 below `items`. */
  readonly body: string;
  /** Largest number of buffers; 8 if left out. */
  readonly mostBuffers?: number | undefined;
}

/**
 * A kernel with a thread for each item. One row of workgroups holds 65,535 · 64 items at most; more items make more
 * rows. The last row may stick out, so that `index` is compared with the number of items.
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
