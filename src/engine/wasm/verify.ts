import { expectReference, type Verdict, type View } from '../verify.ts';
import type { Task } from './plan/task.ts';

/**
 * Runs a task's kernels and compares what they write with the reference.
 *
 * @returns see `expectReference`
 */
export function verifyTask(task: Task, runKernels: () => void, view: View): Verdict {
  const { name, operations, accesses } = task;
  const written = new Set(accesses.filter(({ writes }) => writes).map(({ storage }) => storage));
  const differenceIn = expectReference({ name, operations, written }, view);
  runKernels();
  return differenceIn(view);
}
