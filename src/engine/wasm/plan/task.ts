import { inputsOf, nameOf, type Operation, outputsOf } from '../../../tensor/operation.ts';
import { type DataType, Storage, type Tensor } from '../../../tensor/tensor.ts';
import type { Kernel } from '../kernels/kernel.ts';

/** A place in a tensor's storage, some bytes from its start. */
export interface Address {
  readonly storage: Storage;
  readonly offset: number;
}

/** One use of a kernel, with its addresses. Each thread adds its own range of items. */
export interface Call {
  readonly kernel: Kernel;
  readonly addresses: readonly Address[];
}

/** What a task does to a storage. */
export interface Access {
  readonly storage: Storage;
  readonly writes: boolean;
  /** Whether a thread touches only the part that belongs to its own items: the same share of the storage. */
  readonly own: boolean;
}

/**
 * A piece of a program whose work the threads share: one operation, or several that are fused. Its items (mostly
 * rows: the first dimension of what it writes) are divided into ranges, one for each thread.
 */
export interface Task {
  readonly name: string;
  readonly items: number;
  readonly calls: readonly Call[];
  /**
   * Includes the inputs of the task's operations even where its kernels read a copy of them, such as padded images:
   * the check against the reference reads the inputs themselves, so their memory must not be reused before.
   */
  readonly accesses: readonly Access[];
  /** The operations that the task carries out, in order; none for a preparation such as packing. */
  readonly operations: readonly Operation[];
}

/** Something that a task reads or writes; a tensor stands for its storage. */
export type Place = Tensor<DataType> | Storage;

export interface TaskOptions {
  readonly name: string;
  readonly items: number;
  readonly calls: readonly Call[];
  /** What a thread reads for its own items only. */
  readonly own?: readonly Place[];
  /** What every thread may read all of. */
  readonly shared?: readonly Place[];
  /** What a thread writes for its own items only. */
  readonly writes?: readonly Place[];
  /** What a thread writes in parts that no other task divides in the same way, such as rectangles of a filter. */
  readonly scattered?: readonly Place[];
  readonly operations?: readonly Operation[];
}

export function task(options: TaskOptions): Task {
  const { name, items, calls, own = [], shared = [], writes = [], scattered = [], operations = [] } = options;
  const accesses = [
    ...own.map((place) => ({ storage: storageOf(place), writes: false, own: true })),
    ...shared.map((place) => ({ storage: storageOf(place), writes: false, own: false })),
    ...writes.map((place) => ({ storage: storageOf(place), writes: true, own: true })),
    ...scattered.map((place) => ({ storage: storageOf(place), writes: true, own: false })),
  ];
  return { name, items, calls, accesses, operations };
}

/** A call of a kernel. A tensor or storage stands for the address of its start. */
export function call(kernel: Kernel, places: readonly (Place | Address)[]): Call {
  const addresses = places.map((place) =>
    'offset' in place ? place : { storage: storageOf(place), offset: 0 },
  );
  return { kernel, addresses };
}

export interface OperationTaskOptions {
  readonly kernel: Kernel;
  readonly items: number;
  /** The kernel's address parameters, in its order. */
  readonly addresses: readonly (Place | Address)[];
  /** The inputs of which every thread may read all. All others are divided like the items. */
  readonly shared?: readonly Tensor<DataType>[];
}

/** The task of an operation that takes a single call of a kernel and nothing else. */
export function operationTask(
  operation: Operation,
  { kernel, items, addresses, shared = [] }: OperationTaskOptions,
): Task[] {
  const outputs = outputsOf(operation);
  return [
    task({
      name: `${nameOf(operation)} ${outputs[0]!.shape.join('×')}`,
      items,
      calls: [call(kernel, addresses)],
      own: inputsOf(operation).filter((input) => !shared.includes(input)),
      shared,
      writes: outputs,
      operations: [operation],
    }),
  ];
}

function storageOf(place: Place): Storage {
  return place instanceof Storage ? place : place.storage;
}
