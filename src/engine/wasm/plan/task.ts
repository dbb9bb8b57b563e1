import type { Operation } from '../../../tensor/operation.ts';
import type { Storage } from '../../../tensor/tensor.ts';
import type { Kernel } from '../kernels/kernel.ts';

/** A place in a tensor's storage, some bytes from its start. */
export interface Address {
  readonly storage: Storage;
  readonly offset: number;
}

/** One use of a kernel: its addresses; the range of units is added where the task is divided. */
export interface Call {
  readonly kernel: Kernel;
  readonly addresses: readonly Address[];
}

/** What a task does to a storage. */
export interface Access {
  readonly storage: Storage;
  readonly writes: boolean;
  /** Whether a thread touches only the part that belongs to its own units: the same share of the storage. */
  readonly own: boolean;
}

/**
 * A piece of a program that threads share out among them: one operation, or a few that are fused. Its units
 * (rows, mostly: the first dimension of what it writes) are divided into ranges, one for each thread.
 */
export interface Task {
  readonly name: string;
  readonly units: number;
  readonly calls: readonly Call[];
  /** Includes the inputs of its operations even where its kernels read a copy of them: they are kept for checks. */
  readonly accesses: readonly Access[];
  /** The operations that it carries out, in order; none for a preparation such as packing. */
  readonly operations: readonly Operation[];
}

/** A storage of which a thread touches only its own share. */
export function own(storage: Storage, writes: boolean): Access {
  return { storage, writes, own: true };
}

/** A storage that every thread may read all of. */
export function shared(storage: Storage): Access {
  return { storage, writes: false, own: false };
}

export function start(storage: Storage): Address {
  return { storage, offset: 0 };
}

/** Ranges are multiples of this where there are enough units: whole vectors, and tiles of 4 rows. */
const granule = 4;

/** The bounds of the threads' ranges: thread t has the units from bounds[t] to bounds[t + 1]. */
export function partition(units: number, threads: number): number[] {
  const step = units >= granule * threads ? granule : 1;
  return Array.from({ length: threads + 1 }, (_, t) =>
    t === threads ? units : Math.min(units, Math.round((units * t) / threads / step) * step),
  );
}
