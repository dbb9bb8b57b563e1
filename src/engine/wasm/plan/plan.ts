import { planMemory } from '../../memory.ts';
import { outputsOf } from '../../../tensor/operation.ts';
import type { Program } from '../../../tensor/program.ts';
import type { Storage } from '../../../tensor/tensor.ts';
import type { Callable } from '../assembler/function-builder.ts';
import { type MemoryLimits, ModuleBuilder } from '../assembler/module-builder.ts';
import { Copies } from './copies.ts';
import { fuse, operationsOf } from '../../fusion/fuse.ts';
import type { Target } from '../kernels/kernel.ts';
import { lower } from './lower/lower.ts';
import { rewrite } from '../../fusion/rewrite.ts';
import { schedule } from './schedule.ts';
import { phaseExport } from '../threads/protocol.ts';
import { partition, type Task } from './task.ts';

/** A program as phases of tasks, with the places of its temporaries relative to the start of an arena. */
export interface Plan {
  readonly phases: readonly (readonly Task[])[];
  readonly offsets: ReadonlyMap<Storage, number>;
  readonly arenaBytes: number;
}

/** Fuses, lowers and schedules a program, and places its temporaries. */
export function planProgram(program: Program, target: Target, threads: number): Plan {
  const phases = schedule(lowerProgram(program, target, threads));
  // threads may be anywhere within a phase, so that a buffer is in use for whole phases
  const spans = new Map<Storage, { first: number; last: number }>();
  for (const [phase, tasks] of phases.entries()) {
    for (const { storage } of tasks.flatMap(({ accesses }) => accesses)) {
      if (storage.persistent) continue;
      const span = spans.get(storage);
      if (span) span.last = phase;
      else spans.set(storage, { first: phase, last: phase });
    }
  }
  for (const { storage } of program.outputs) {
    const span = spans.get(storage);
    if (span) span.last = phases.length;
  }
  const plan = planMemory([...spans].map(([storage, span]) => ({ bytes: storage.bytes, ...span })));
  const offsets = new Map([...spans.keys()].map((storage, index) => [storage, plan.offsets[index]!]));
  return { phases, offsets, arenaBytes: plan.bytes };
}

/** The tasks of a program, in order. */
export function lowerProgram(program: Program, target: Target, threads: number): Task[] {
  const rewritten = rewrite(program);
  const filterGradientsOf = new Set(
    rewritten.operations.flatMap((operation) =>
      operation.kind === 'conv2dBackwardFilter' ? [operation.inputs.x.storage] : [],
    ),
  );
  const copies = new Copies();
  return fuse(rewritten).flatMap((group) => {
    const tasks = lower(group, { target, threads, copies, filterGradientsOf });
    for (const { storage } of operationsOf(group).flatMap(outputsOf)) copies.forget(storage);
    return tasks;
  });
}

/** Name of the exported function that runs one task for a range of its units. */
export function taskExport(task: number): string {
  return `task_${task}`;
}

/** The tasks of all phases in the order in which a single thread runs them. */
export function allTasks({ phases }: Plan): readonly Task[] {
  return phases.flat();
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
  const taskFunctions = allTasks(plan).map((task, index) => {
    const callees = task.calls.map(({ kernel }) => {
      const built = kernels.get(kernel.name) ?? kernel.build(module);
      kernels.set(kernel.name, built);
      return built;
    });
    const range = [
      ['begin', 'i32'],
      ['end', 'i32'],
    ] as const;
    const code = module.function(taskExport(index), range, { export: true });
    code.note(task.name);
    for (const [position, { addresses }] of task.calls.entries()) {
      for (const { storage, offset } of addresses) code.i32(addressOf(storage) + offset);
      code.get(code.parameter(0)).get(code.parameter(1)).call(callees[position]!);
    }
    return code;
  });
  let first = 0;
  for (const [phase, tasks] of plan.phases.entries()) {
    for (let thread = 0; thread < threads; thread++) {
      const code = module.function(phaseExport(phase, thread), [], { export: true });
      for (const [position, { units }] of tasks.entries()) {
        const bounds = partition(units, threads);
        const [begin, end] = [bounds[thread]!, bounds[thread + 1]!];
        if (begin < end)
          code
            .i32(begin)
            .i32(end)
            .call(taskFunctions[first + position]!);
      }
    }
    first += tasks.length;
  }
  return module;
}
