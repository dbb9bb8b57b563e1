import { loadLowerings } from '../../../engine/wasm/plan/lower/lower.ts';
import { lengths, partition } from '../../../engine/wasm/plan/partition.ts';
import { costOf, planProgram } from '../../../engine/wasm/plan/plan.ts';
import type { Task } from '../../../engine/wasm/plan/task.ts';
import type { Program } from '../../../tensor/program.ts';

const counts = [1, 2, 3, 4, 6, 8, 12, 16];

/**
 * What limits a program on many threads, without a machine that has them. A phase takes as long as its largest share; and
 * what all threads read, such as weights, each of them fetches from the caches of those that wrote it, however many there are.
 */
export async function listShares(program: Program): Promise<string> {
  await loadLowerings(program);
  const lines = [
    '\nthreads   speed at most   KiB that each thread reads whole   largest share : mean, phase by phase',
  ];
  for (const threads of counts) {
    const { phases } = planProgram(program, { fma: true, wide: true }, threads);
    const shares = phases.map((tasks) => sharesOf(tasks, threads));
    const all = shares.flat().reduce((sum, share) => sum + share, 0);
    const longest = shares.reduce((sum, phase) => sum + Math.max(...phase), 0);
    const ratios = shares.map((phase) => {
      const mean = phase.reduce((sum, share) => sum + share, 0) / threads;
      return mean === 0 ? '–' : (Math.max(...phase) / mean).toFixed(2);
    });
    const kibibytes = phases.reduce((sum, tasks) => sum + sharedBytes(tasks), 0) / 1024;
    lines.push(
      `${String(threads).padStart(7)}${`${(all / longest).toFixed(2)} ×`.padStart(16)}` +
        `${kibibytes.toFixed(0).padStart(35)}   ${ratios.join('  ')}`,
    );
  }
  return lines.join('\n');
}

/** The arithmetic of each thread in a phase. */
function sharesOf(tasks: readonly Task[], threads: number): number[] {
  const shares = Array.from({ length: threads }, () => 0);
  for (const task of tasks) {
    const ranges = lengths(partition(task.items, threads));
    for (const [thread, length] of ranges.entries()) {
      shares[thread]! += (costOf([task]) * length) / task.items;
    }
  }
  return shares;
}

/** Bytes that every thread reads in a phase. Of a data set, which is bytes and not floats, it reads its own examples. */
function sharedBytes(tasks: readonly Task[]): number {
  const accesses = tasks.flatMap((task) => task.accesses);
  const shared = accesses.filter(
    ({ own, writes, storage }) => !own && !writes && storage.dtype === 'float32',
  );
  return [...new Set(shared.map(({ storage }) => storage))].reduce((sum, { bytes }) => sum + bytes, 0);
}
