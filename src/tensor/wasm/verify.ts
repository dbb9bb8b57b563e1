import { type Operation, type OperationKind, outputsOf } from '../operation.ts';
import { compute } from '../reference/kernels.ts';
import { type ArrayOf, type DataType, Storage, Tensor, zeros } from '../tensor.ts';
import type { Task } from './task.ts';

/**
 * Largest difference from the plain loops that counts as rounding, relative to the largest value of a tensor:
 * hundreds of roundings of float32 (6e-8 each), and far below what a wrong kernel gives.
 */
const tolerance = 1e-4;

/**
 * Operations that treat each image by itself, and whose plain loops take long: only the first image and the last
 * are checked, the one in whole blocks and the other in what is left over.
 */
const byImage: ReadonlySet<OperationKind> = new Set(['conv2d', 'conv2dBackwardInput', 'addBias', 'relu']);
/** Operands that all images share. */
const sharedOperands: ReadonlySet<string> = new Set(['filter', 'bias']);

type Values = ArrayOf<DataType>;
type View = (storage: Storage) => Values | null;

/** One image of some, or the whole as one of one. */
interface Sample {
  readonly image: number;
  readonly of: number;
}

const whole: Sample = { image: 0, of: 1 };

/**
 * Runs a task's operations with the plain loops on copies of its inputs, runs its kernels, and compares.
 *
 * @returns what differs, for people, or null if nothing does
 */
export function verifyTask(task: Task, runKernels: () => void, view: View): string | null {
  const written = new Set(task.accesses.filter(({ writes }) => writes).map(({ storage }) => storage));
  const samples = samplesOf(task).map((sample) => ({
    sample,
    copies: computePlain(task, sample, written, view),
  }));
  runKernels();
  for (const { sample, copies } of samples) {
    for (const storage of written) {
      const expected = copies.get(storage)?.values;
      // a workspace is no operation's result
      if (!expected) continue;
      const actual = part(view(storage)!, sample);
      if (compare(actual, expected) === null) continue;
      const terms = sumsOfTerms(task, sample, written, view)?.get(storage)?.values;
      const difference = compare(actual, expected, terms ?? undefined);
      if (difference !== null) return `${task.name}: ${difference}`;
    }
  }
  return null;
}

/** Operations that add up products of their inputs, or pass them on. */
const sumsOfProducts: ReadonlySet<OperationKind> = new Set([
  'matmul',
  'conv2d',
  'conv2dBackwardInput',
  'conv2dBackwardFilter',
  'sumRows',
  'addBias',
  'relu',
  'reluBackward',
]);

/**
 * The results that a task has with the absolute values of its inputs: for each sum, that of the sizes of its terms,
 * to which rounding is proportional. Where all terms of a tensor cancel, such as the gradient of a bias before batch
 * normalization, its own largest value says nothing.
 */
function sumsOfTerms(
  task: Task,
  sample: Sample,
  written: ReadonlySet<Storage>,
  view: View,
): ReadonlyMap<Storage, Storage> | null {
  if (!task.operations.every(({ kind }) => sumsOfProducts.has(kind))) return null;
  return computePlain(task, sample, written, (storage) => view(storage)?.map(Math.abs) ?? null);
}

function samplesOf({ operations }: Task): Sample[] {
  const of = outputsOf(operations[0]!)[0]!.shape[0]!;
  const few = operations.every(({ kind }) => byImage.has(kind)) && operations[0]!.kind.startsWith('conv2d');
  if (!few || of <= 2) return [whole];
  return [0, of - 1].map((image) => ({ image, of }));
}

function part(values: Values, { image, of }: Sample): Values {
  const size = values.length / of;
  return values.subarray(image * size, (image + 1) * size);
}

/** Copies of a task's tensors, after its operations. */
function computePlain(
  task: Task,
  sample: Sample,
  written: ReadonlySet<Storage>,
  view: View,
): ReadonlyMap<Storage, Storage> {
  const copies = new Map<Storage, Storage>();
  const place = (storage: Storage, of: Sample): Values | null => {
    const values = view(storage);
    if (values === null) return null;
    // what is only read is read in place: the data set is large
    return written.has(storage) ? part(values, of).slice() : part(values, of);
  };
  const copy = (tensor: Tensor<DataType>, of: Sample): Tensor<DataType> => {
    let storage = copies.get(tensor.storage);
    if (storage === undefined) {
      const { dtype, length } = tensor.storage;
      // what was fused away has no place
      storage = new Storage(dtype, length / of.of, place(tensor.storage, of) ?? zeros(dtype, length / of.of));
      copies.set(tensor.storage, storage);
    }
    const shape = of.of === 1 ? tensor.shape : [1, ...tensor.shape.slice(1)];
    return new Tensor(shape, storage, tensor.name);
  };
  const copyAll = (tensors: object): object =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [
        name,
        copy(tensor as Tensor<DataType>, sharedOperands.has(name) ? whole : sample),
      ]),
    );
  const operations = task.operations.map(
    (operation) =>
      ({
        ...operation,
        inputs: copyAll(operation.inputs),
        outputs: copyAll(operation.outputs),
      }) as unknown as Operation,
  );
  for (const operation of operations) compute(operation);
  return copies;
}

function compare(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  terms?: ArrayLike<number>,
): string | null {
  let scale = 0;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]!));
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    const bound = tolerance * Math.max(scale, terms?.[i] ?? 0);
    if (!Object.is(a, e) && !(Math.abs(a - e) <= bound)) {
      return `element ${i} is ${a}, the plain loops give ${e}`;
    }
  }
  return null;
}
