import { expectReference, type Verdict, type View } from '../verify.ts';
import type { Task } from './plan/task.ts';

/**
 * Runs a task's kernels and compares what they write with the reference.
 *
 * @returns see `expectReference`
 */
export async function verifyTask(
  task: Task,
  runKernels: () => void | Promise<void>,
  view: View,
  others = 0,
): Promise<Verdict> {
  const { name, operations, accesses } = task;
  const written = new Set(accesses.filter(({ writes }) => writes).map(({ storage }) => storage));
  const differenceIn = await expectReference({ name, operations, written }, view, others);
  await runKernels();
  return differenceIn(view);
}
