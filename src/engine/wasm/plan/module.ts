/** The WebAssembly module of a plan. */
import type { Storage } from '../../../tensor/tensor.ts';
import type { Callable, FunctionBuilder } from '../assembler/function-builder.ts';
import { type MemoryLimits, ModuleBuilder } from '../assembler/module-builder.ts';
import { pieceExport } from '../threads/shares.ts';
import { partition } from './partition.ts';
import { allTasks, type Plan } from './plan.ts';
import type { Task } from './task.ts';

/** Name of the exported function that runs one task for a range of its items. */
export function taskExport(task: number): string {
  return `task_${task}`;
}

/**
 * Writes the module of a plan: every kernel once, a function for each task that calls its kernels with the
 * addresses, and functions for the shares of each phase, a piece each, that call the tasks with their ranges. It takes a
 * while: what runs this can do something else after each task and each phase.
 */
export function* moduleByTasks(
  plan: Plan,
  threads: number,
  addressOf: (storage: Storage) => number,
  memory: MemoryLimits,
  label: string,
): Generator<void, ModuleBuilder> {
  const module = new ModuleBuilder(memory, label, false);
  const kernels = new Map<string, Callable>();
  const taskFunctions: FunctionBuilder[] = [];
  for (const [index, task] of allTasks(plan).entries()) {
    taskFunctions.push(buildTask(module, task, taskExport(index), { kernels, addressOf }));
    yield;
  }
  const { pieces } = plan;
  let first = 0;
  for (const [phase, tasks] of plan.phases.entries()) {
    const bounds = tasks.map(({ items }) => partition(items, threads, pieces));
    for (let range = 0; range < threads * pieces; range++) {
      const name = pieceExport(phase, Math.floor(range / pieces), range % pieces);
      const code = module.function(name, [], { export: true });
      for (const position of tasks.keys()) {
        const [begin, end] = [bounds[position]![range]!, bounds[position]![range + 1]!];
        if (begin < end) {
          code
            .i32(begin)
            .i32(end)
            .call(taskFunctions[first + position]!);
        }
      }
    }
    first += tasks.length;
    yield;
  }
  return module;
}

/** The same at once. */
export function buildModule(...plan: Parameters<typeof moduleByTasks>): ModuleBuilder {
  const tasks = moduleByTasks(...plan);
  for (;;) {
    const { done, value } = tasks.next();
    if (done) return value;
  }
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
