import { expectReference, type View } from '../verify.ts';
import type { Task } from './plan/task.ts';

/**
 * Runs a task's kernels and compares what they write with the reference.
 *
 * @returns what differs, for people, or null if nothing does
 */
export function verifyTask(task: Task, runKernels: () => void, view: View): string | null {
  const { name, operations, accesses } = task;
  const written = new Set(accesses.filter(({ writes }) => writes).map(({ storage }) => storage));
  const differenceIn = expectReference({ name, operations, written }, view);
  runKernels();
  return differenceIn(view);
}
