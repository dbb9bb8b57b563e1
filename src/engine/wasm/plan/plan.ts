import { flopsOf } from '../../../tensor/operation-facts.ts';
import { outputsOf } from '../../../tensor/operation.ts';
import type { Program } from '../../../tensor/program.ts';
import type { Storage } from '../../../tensor/tensor.ts';
import { fuse, operationsOf } from '../../fusion/fuse.ts';
import { rewrite } from '../../fusion/rewrite.ts';
import { planMemory } from '../../memory.ts';
import type { Target } from '../kernels/kernel.ts';
import { Copies } from './copies.ts';
import { fusionRules, lower } from './lower/lower.ts';
import { schedule } from './schedule.ts';
import type { Task } from './task.ts';

/** How a program runs: phases of tasks, and the places of its temporaries from the start of an arena. */
export interface Plan {
  readonly phases: readonly (readonly Task[])[];
  /** In bytes. */
  readonly offsets: ReadonlyMap<Storage, number>;
  readonly arenaBytes: number;
  /** The ranges of items, one after the other, that the share of each thread is divided into. */
  readonly pieces: number;
}

/** Fuses, lowers and schedules a program, and places its temporaries. */
export function planProgram(program: Program, target: Target, threads: number, pieces = 1): Plan {
  const phases = schedule(lowerProgram(program, target, threads, pieces));
  return { phases, pieces, ...placeTemporaries(phases, program) };
}

/** Arithmetic that takes a thread 20 milliseconds or less, where it can use 256 bits and where it cannot. */
const mostFlops = { wide: 1e9, narrow: 5e8 };
/** Work that moves data counts by it: a number takes about as long as this much arithmetic. */
const flopsOfNumber = 8;

/**
 * Plans a program for a main thread that lets others have their turn between two pieces: as many pieces as the longest
 * phase takes. Short programs have one.
 */
export function planInPieces(program: Program, target: Target, threads: number): Plan {
  const plan = planProgram(program, target, threads);
  const most = threads * (target.wide ? mostFlops.wide : mostFlops.narrow);
  const pieces = Math.ceil(Math.max(0, ...plan.phases.map(costOf)) / most);
  return pieces > 1 ? planProgram(program, target, threads, pieces) : plan;
}

/** What tasks cost, in multiplications and additions. */
export function costOf(tasks: readonly Task[]): number {
  return tasks
    .flatMap(({ operations }) => operations)
    .reduce((sum, operation) => {
      const numbers = outputsOf(operation).reduce((size, tensor) => size + tensor.size, 0);
      return sum + flopsOf(operation) + flopsOfNumber * numbers;
    }, 0);
}

/** The tasks of a program, in order. */
export function lowerProgram(program: Program, target: Target, threads: number, pieces = 1): Task[] {
  const copies = new Copies();
  return fuse(rewrite(program), fusionRules(target, threads)).flatMap((group) => {
    const tasks = lower(group, { target, threads, pieces, copies });
    for (const { storage } of operationsOf(group).flatMap(outputsOf)) copies.forget(storage);
    return tasks;
  });
}

/** The tasks of all phases, in the order in which a single thread runs them. */
export function allTasks({ phases }: Plan): readonly Task[] {
  return phases.flat();
}

/**
 * Threads may be anywhere within a phase. So a buffer is in use from the start of the first phase that touches it to
 * the end of the last one; the outputs of the program are in use to its end.
 */
function placeTemporaries(
  phases: readonly (readonly Task[])[],
  { outputs }: Program,
): Pick<Plan, 'offsets' | 'arenaBytes'> {
  const spans = new Map<Storage, { first: number; last: number }>();
  for (const [phase, tasks] of phases.entries()) {
    for (const { storage } of tasks.flatMap(({ accesses }) => accesses)) {
      if (storage.persistent) continue;
      const span = spans.get(storage);
      if (span) span.last = phase;
      else spans.set(storage, { first: phase, last: phase });
    }
  }
  for (const { storage } of outputs) {
    const span = spans.get(storage);
    if (span) span.last = phases.length;
  }
  const plan = planMemory([...spans].map(([storage, span]) => ({ bytes: storage.bytes, ...span })));
  const offsets = new Map([...spans.keys()].map((storage, index) => [storage, plan.offsets[index]!]));
  return { offsets, arenaBytes: plan.bytes };
}
