/** The check of an engine's kernels at their first run: against the reference, on the numbers that are really there. */
import { inputsOf, type Operation, outputsOf } from '../tensor/operation.ts';
import { flopsOf, roundsNear, roundsWithTerms, sharedByImages } from '../tensor/operation-facts.ts';
import { compute } from '../tensor/reference/kernels.ts';
import { type ArrayOf, type DataType, Storage, Tensor, zeros } from '../tensor/tensor.ts';

/**
 * Largest difference from the reference that counts as rounding, relative to the largest value of a tensor:
 * hundreds of roundings of float32 (6e-8 each), and far less than the error of a wrong kernel.
 */
const tolerance = 1e-4;

/**
 * Numbers beyond this leave float32 no room: their squares, summed over a large network, overflow (3.4e38), and an engine
 * in float32 may rightly differ from the reference, which computes in float64.
 */
const largest = 2 ** 50;

/**
 * Differences below this are of subnormal numbers (below 2⁻¹²⁶ = 1.2e-38), which float32 rounds coarsely and some GPUs take
 * for 0: a thousand of them, added up.
 */
const smallest = 2 ** -116;

type Values = ArrayOf<DataType>;
/** The values that a storage has in an engine; null if it has no place there. */
export type View = (storage: Storage) => Values | null;

/** What kernels carry out: operations, in their order, and every storage that is written. */
export interface Work {
  /** For error messages. */
  readonly name: string;
  readonly operations: readonly Operation[];
  readonly written: ReadonlySet<Storage>;
}

/** One of several images, or the whole as one of one. */
interface Sample {
  readonly image: number;
  readonly of: number;
}

const whole: Sample = { image: 0, of: 1 };

/** What the comparison has shown: that the kernels are right, or what differs; nothing, if the numbers are too extreme. */
export type Verdict = 'right' | 'numbers too large' | { readonly difference: string };

/**
 * Computes operations with the reference on copies of their inputs, before kernels carry them out.
 *
 * @returns a function that compares, once the kernels have run
 */
export function expectReference(given: Work, before: View): (view: View) => Verdict {
  const { work, through } = byRows(given);
  const view = through(before);
  const { name, written } = work;
  const inputs = new Set(work.operations.flatMap(inputsOf).map(({ storage }) => storage));
  const areLarge = [...inputs].some((storage) => hasLarge(view(storage)));
  const samples = samplesOf(work).map((sample) => ({ sample, copies: computeReference(work, sample, view) }));
  const least = Math.max(0, ...work.operations.map((operation) => sizeOf(roundsNear(operation), view)));
  const verdictOn = (difference: string, copies: ReadonlyMap<Storage, Storage>): Verdict =>
    areLarge || [...copies.values()].some(({ values }) => hasLarge(values))
      ? 'numbers too large'
      : { difference: `${name}: ${difference}` };
  return (afterwards) => {
    const after = through(afterwards);
    for (const { sample, copies } of samples) {
      for (const storage of written) {
        const expected = copies.get(storage)?.values;
        // a workspace is not the result of any operation
        if (!expected) continue;
        const actual = part(after(storage)!, sample);
        if (compare(actual, expected, { least }) === null) continue;
        const terms = sumsOfTerms(work, sample, after)?.get(storage)?.values;
        const difference = compare(actual, expected, { least, terms: terms ?? undefined });
        if (difference !== null) return verdictOn(difference, copies);
      }
    }
    return 'right';
  };
}

/** A number as it is, or the largest size of a tensor's finite values; 0 if there is neither. */
function sizeOf(near: number | Tensor<DataType> | null, view: View): number {
  if (near === null || typeof near === 'number') return near ?? 0;
  let largest = 0;
  for (const value of view(near.storage) ?? []) {
    if (Math.abs(value) > largest && Math.abs(value) < Infinity) largest = Math.abs(value);
  }
  return largest;
}

/** Whether there is a number so large, or infinite, or NaN. */
function hasLarge(values: Values | null): boolean {
  return values instanceof Float32Array && values.some((value) => !(Math.abs(value) <= largest));
}

/**
 * For each sum that the operations compute, the sum of the sizes of its terms, to which rounding is proportional: what
 * they give for the absolute values of their inputs.
 */
function sumsOfTerms(work: Work, sample: Sample, view: View): ReadonlyMap<Storage, Storage> | null {
  if (!work.operations.every(roundsWithTerms)) return null;
  return computeReference(work, sample, (storage) => view(storage)?.map(Math.abs) ?? null);
}

/** Arithmetic that takes the reference about a tenth of a second. */
const mostFlops = 2 ** 26;
const mostImages = 16;

/**
 * Where the reference would take long, it computes as many images, or rows of a product, as it has time for: the first,
 * which a kernel computes in whole blocks, the last, which may be in what is left over, and some between them.
 */
function samplesOf({ operations }: Work): Sample[] {
  const of = outputsOf(operations[0]!)[0]!.shape[0]!;
  const byImage = operations.every((operation) => sharedByImages(operation) !== null);
  const flops = operations.reduce((sum, operation) => sum + flopsOf(operation), 0);
  if (!byImage || flops <= mostFlops || of <= 2) return [whole];
  const count = Math.min(of, mostImages, Math.max(2, Math.floor((mostFlops * of) / flops)));
  return Array.from({ length: count }, (_, index) => ({
    image: Math.round((index * (of - 1)) / (count - 1)),
    of,
  }));
}

/**
 * A large product with A stored as [k, m], as one with A as [m, k], whose rows can be checked by themselves.
 *
 * @returns what to check, and how it sees the values that the given work has
 */
function byRows(work: Work): { work: Work; through: (view: View) => View } {
  const [operation, ...others] = work.operations;
  const isProduct = operation?.kind === 'matmul' && others.length === 0;
  if (!isProduct || !operation.constants.transposeA || flopsOf(operation) <= mostFlops) {
    return { work, through: (view) => view };
  }
  const { a, b } = operation.inputs;
  const [k, m] = a.shape as readonly [number, number];
  const turned = new Tensor([m, k], new Storage(a.dtype, a.size, null), a.name);
  const constants = { ...operation.constants, transposeA: false };
  return {
    work: { ...work, operations: [{ ...operation, inputs: { a: turned, b }, constants }] },
    through(view) {
      const values = transpose(view(a.storage), k, m);
      return (storage) => (storage === turned.storage ? values : view(storage));
    },
  };
}

function transpose(values: Values | null, rows: number, columns: number): Values | null {
  return values?.map((_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!) ?? null;
}

function part(values: Values, { image, of }: Sample): Values {
  const size = values.length / of;
  return values.subarray(image * size, (image + 1) * size);
}

/** Copies of the tensors, as they are after the operations. */
function computeReference(
  { operations, written }: Work,
  sample: Sample,
  view: View,
): ReadonlyMap<Storage, Storage> {
  const copies = new Map<Storage, Storage>();
  const place = (storage: Storage, of: Sample): Values | null => {
    const values = view(storage);
    if (values === null) return null;
    // inputs are read in place, without a copy: the data set is large
    return written.has(storage) ? part(values, of).slice() : part(values, of);
  };
  const copy = (tensor: Tensor<DataType>, of: Sample): Tensor<DataType> => {
    let storage = copies.get(tensor.storage);
    if (storage === undefined) {
      const { dtype, length } = tensor.storage;
      // a result that is fused away has no place
      storage = new Storage(dtype, length / of.of, place(tensor.storage, of) ?? zeros(dtype, length / of.of));
      copies.set(tensor.storage, storage);
    }
    const shape = of.of === 1 ? tensor.shape : [1, ...tensor.shape.slice(1)];
    return new Tensor(shape, storage, tensor.name);
  };
  const copyAll = (tensors: object, shared: readonly string[]): object =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [
        name,
        copy(tensor as Tensor<DataType>, shared.includes(name) ? whole : sample),
      ]),
    );
  const copied = operations.map(
    (operation) =>
      ({
        ...operation,
        inputs: copyAll(operation.inputs, sharedByImages(operation) ?? []),
        outputs: copyAll(operation.outputs, []),
      }) as unknown as Operation,
  );
  for (const operation of copied) compute(operation);
  return copies;
}

/** Compares only where the reference gives a finite number: not every GPU keeps NaN and infinity. */
function compare(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { least, terms }: { readonly least: number; readonly terms?: ArrayLike<number> | undefined },
): string | null {
  let scale = least;
  for (let i = 0; i < expected.length; i++) {
    const size = Math.abs(expected[i]!);
    if (size > scale && size < Infinity) scale = size;
  }
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    const bound = Math.max(tolerance * Math.max(scale, finite(terms?.[i])), smallest);
    if (Number.isFinite(e) && !(Math.abs(a - e) <= bound))
      return `element ${i} is ${a}, the reference gives ${e}`;
  }
  return null;
}

/** The sum of the sizes of an element's terms; 0 where there is none, or where it overflows. */
function finite(size: number | undefined): number {
  return size !== undefined && size < Infinity ? size : 0;
}
