import type { Operation, OperationKind } from '../operation.ts';
import { compute } from '../reference/kernels.ts';
import { type ArrayOf, type DataType, Storage, Tensor, zeros } from '../tensor.ts';
import type { Task } from './task.ts';

/**
 * Largest difference from the plain loops that counts as rounding, relative to the largest value of a tensor:
 * hundreds of roundings of float32 (6e-8 each), and far below what a wrong kernel gives.
 */
const tolerance = 1e-4;

/**
 * Runs a task's operations with the plain loops on copies of its inputs, runs its kernels, and compares.
 *
 * @returns what differs, for people, or null if nothing does
 */
export function verifyTask(
  task: Task,
  runKernels: () => void,
  view: (storage: Storage) => ArrayOf<DataType> | null,
): string | null {
  const written = new Set(task.accesses.filter(({ writes }) => writes).map(({ storage }) => storage));
  const copies = new Map<Storage, Storage>();
  // what is only read is read in place: the data set is large
  const place = (storage: Storage): ArrayOf<DataType> | null => {
    const values = view(storage);
    return values !== null && written.has(storage) ? values.slice() : values;
  };
  const operations = task.operations.map((operation) => copyOperation(operation, copies, place));
  for (const operation of operations) compute(operation);
  runKernels();
  for (const storage of written) {
    const expected = copies.get(storage)?.values;
    // a workspace is no operation's result
    if (!expected) continue;
    const difference = compare(view(storage)!, expected);
    if (difference !== null) return `${task.name}: ${difference}`;
  }
  return null;
}

/** The same operation on copies of its tensors, which share storage as these do; what was fused away has no place. */
function copyOperation<K extends OperationKind>(
  operation: Operation<K>,
  copies: Map<Storage, Storage>,
  place: (storage: Storage) => ArrayOf<DataType> | null,
): Operation {
  const copy = (tensor: Tensor<DataType>): Tensor<DataType> => {
    let storage = copies.get(tensor.storage);
    if (storage === undefined) {
      const { dtype, length } = tensor.storage;
      storage = new Storage(dtype, length, place(tensor.storage) ?? zeros(dtype, length));
      copies.set(tensor.storage, storage);
    }
    return new Tensor(tensor.shape, storage, tensor.name);
  };
  const copyAll = (tensors: object): object =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, copy(tensor as Tensor<DataType>)]),
    );
  return {
    ...operation,
    inputs: copyAll(operation.inputs),
    outputs: copyAll(operation.outputs),
  } as unknown as Operation;
}

function compare(actual: ArrayLike<number>, expected: ArrayLike<number>): string | null {
  let scale = 0;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]!));
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    const same = Object.is(a, e) || Math.abs(a - e) <= tolerance * scale;
    if (!same) return `element ${i} is ${a}, the plain loops give ${e}`;
  }
  return null;
}
