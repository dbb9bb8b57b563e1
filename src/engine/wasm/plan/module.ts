/** The WebAssembly module of a plan. */
import type { Storage } from '../../../tensor/tensor.ts';
import type { Callable, FunctionBuilder } from '../assembler/function-builder.ts';
import { type MemoryLimits, ModuleBuilder } from '../assembler/module-builder.ts';
import { phaseExport } from '../threads/protocol.ts';
import { partition } from './partition.ts';
import { allTasks, type Plan } from './plan.ts';
import type { Task } from './task.ts';

/** Name of the exported function that runs one task for a range of its items. */
export function taskExport(task: number): string {
  return `task_${task}`;
}

/**
 * Writes the module of a plan: every kernel once, a function for each task that calls its kernels with the
 * addresses, and a function for each phase and thread that calls the tasks with the thread's ranges.
 */
export function buildModule(
  plan: Plan,
  threads: number,
  addressOf: (storage: Storage) => number,
  memory: MemoryLimits,
  label: string,
): ModuleBuilder {
  const module = new ModuleBuilder(memory, label);
  const kernels = new Map<string, Callable>();
  const taskFunctions = allTasks(plan).map((task, index) =>
    buildTask(module, task, taskExport(index), { kernels, addressOf }),
  );
  let first = 0;
  for (const [phase, tasks] of plan.phases.entries()) {
    for (let thread = 0; thread < threads; thread++) {
      const code = module.function(phaseExport(phase, thread), [], { export: true });
      for (const [position, { items }] of tasks.entries()) {
        const bounds = partition(items, threads);
        const [begin, end] = [bounds[thread]!, bounds[thread + 1]!];
        if (begin < end) {
          code
            .i32(begin)
            .i32(end)
            .call(taskFunctions[first + position]!);
        }
      }
    }
    first += tasks.length;
  }
  return module;
}

interface TaskContext {
  /** The kernels that are in the module already, by name. */
  readonly kernels: Map<string, Callable>;
  readonly addressOf: (storage: Storage) => number;
}

/** A function (begin, end) that calls the kernels of a task, which are built where they are needed first. */
function buildTask(
  module: ModuleBuilder,
  { name, calls }: Task,
  exportName: string,
  { kernels, addressOf }: TaskContext,
): FunctionBuilder {
  const callees = calls.map(({ kernel }) => {
    const built = kernels.get(kernel.name) ?? kernel.build(module);
    kernels.set(kernel.name, built);
    return built;
  });
  const range = [
    ['begin', 'i32'],
    ['end', 'i32'],
  ] as const;
  const code = module.function(exportName, range, { export: true });
  code.note(name);
  for (const [position, { addresses }] of calls.entries()) {
    for (const { storage, offset } of addresses) code.i32(addressOf(storage) + offset);
    code.get(code.parameter(0)).get(code.parameter(1)).call(callees[position]!);
  }
  return code;
}
