import type { Storage } from '../../../tensor/tensor.ts';
import type { Access, Task } from './task.ts';

/**
 * Divides tasks into phases. Within a phase the threads do not wait for each other; at its end all wait for the
 * slowest. A task goes into the earliest phase in which everything that it needs is done.
 *
 * Two tasks that touch the same storage, at least one of them writing, may share a phase only if both divide it in the
 * same way, so that each thread needs only what it wrote itself. So the forward pass over the rows of a batch is one
 * phase, however many layers there are. Otherwise the later task goes to a later phase: the gradient of a weight
 * sums over the whole batch, so it waits until all rows are done.
 */
export function schedule(tasks: readonly Task[]): Task[][] {
  const earlier = new Map<
    Storage,
    { readonly access: Access; readonly items: number; readonly phase: number }[]
  >();
  const phases: Task[][] = [];
  for (const task of tasks) {
    let phase = 0;
    for (const access of task.accesses) {
      for (const other of earlier.get(access.storage) ?? []) {
        if (!access.writes && !other.access.writes) continue;
        const aligned = access.own && other.access.own && task.items === other.items;
        phase = Math.max(phase, aligned ? other.phase : other.phase + 1);
      }
    }
    for (const access of task.accesses) {
      const list = earlier.get(access.storage) ?? [];
      list.push({ access, items: task.items, phase });
      earlier.set(access.storage, list);
    }
    (phases[phase] ??= []).push(task);
  }
  return phases;
}
