import { loadLowerings } from '../../../engine/wasm/plan/lower/lower.ts';
import { planProgram } from '../../../engine/wasm/plan/plan.ts';
import { nameOf } from '../../../tensor/operation.ts';
import type { Program } from '../../../tensor/program.ts';

/** The phases of a program on the wasm engine, and the tasks of each. */
export async function listPhases(program: Program, threads: number): Promise<string> {
  await loadLowerings(program);
  const plan = planProgram(program, { fma: true, wide: true }, threads);
  const lines = [
    `\non the wasm engine: ${plan.phases.length} phases, ${plan.arenaBytes} bytes for intermediate results`,
  ];
  for (const [phase, tasks] of plan.phases.entries()) {
    lines.push(`\nphase ${phase + 1}: no thread waits for another`);
    for (const { name, items, operations } of tasks) {
      const kinds = operations.map(nameOf).join(' + ') || 'prepare what a later task reads';
      lines.push(`  ${name.padEnd(40)} ${String(items).padStart(5)} items   ${kinds}`);
    }
  }
  return lines.join('\n');
}
