/** The check of an engine's kernels at their first run: against the reference, on the numbers that are really there. */
import { inputsOf, isUpdate, type Operation, outputsOf } from '../tensor/operation.ts';
import { roundsNear, roundsWithTerms } from '../tensor/operation-facts.ts';
import { compute } from '../tensor/reference/kernels.ts';
import { type ArrayOf, type DataType, type Storage, Tensor } from '../tensor/tensor.ts';
import { breathe } from '../breathe.ts';
import { keyOf, type Part, partStorage, placeOf, shapeOf, valuesOf } from './sample/part.ts';
import type { Sample, SampledOperation } from './sample/sampled-operation.ts';
import { samplesOf } from './sample/samples.ts';

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

/** What the comparison has shown: that the kernels are right, or what differs; nothing, if the numbers are too extreme. */
export type Verdict = 'right' | 'numbers too large' | { readonly difference: string };

/** A sample as the reference has computed it. */
interface Expected {
  readonly sample: Sample;
  readonly copies: Copies;
  /** Whether there were numbers among the inputs that leave float32 no room. */
  readonly areLarge: boolean;
  readonly least: number;
  /** Where a product updates a weight: two more copies of the inputs, for gradients a little smaller and a little larger. */
  readonly around: readonly Copies[];
}

/** Arithmetic of the reference for one kernel, which takes it about 5 milliseconds, and for all new ones of a program. */
const mostFlops = { kernel: 2 ** 22, program: 2 ** 27 };

/**
 * Computes operations with the reference on copies of their inputs, before kernels carry them out. Where that would take
 * long, it computes a part (sample/samples.ts), so that a check takes little time whatever the size of a network, and lets others
 * have their turn in between.
 *
 * @param others how many pieces of work of the same program are checked besides
 * @returns a function that compares, once the kernels have run
 */
export async function expectReference(
  { name, operations, written }: Work,
  before: View,
  others = 0,
): Promise<(view: View) => Verdict> {
  const most = Math.min(mostFlops.kernel, mostFlops.program / (others + 1));
  const samples: Expected[] = [];
  for (const independent of independentOf(operations)) {
    for (const sample of samplesOf(independent, most)) {
      await breathe();
      const copies = copyOf(sample, before, written);
      const around = updatesWeight(sample) ? [-1, 1].map(() => copyOf(sample, before, written)) : [];
      const areLarge = hasLarge(copies);
      computeAll(sample, copies);
      samples.push({ sample, copies, areLarge, least: leastScale(sample, copies), around });
    }
  }
  return (after) => {
    for (const { sample, copies, areLarge, least, around } of samples) {
      let others: readonly Copies[] | null = null;
      for (const { of, part, storage: expected } of copies.values()) {
        if (!written.has(of)) continue;
        const actual = valuesOf(after(of)!, of.dtype, part);
        if (compare(actual, expected.values!, { least }) === null) continue;
        others ??= computeAround(sample, around, after);
        const terms = sumsOfTerms(sample, after)?.find(of, part).values ?? undefined;
        const alsoRight = others.map((other) => other.find(of, part).values!);
        const found = compare(actual, expected.values!, { least, terms, alsoRight });
        if (found === null) continue;
        if (areLarge || hasLarge(copies)) return 'numbers too large';
        const values = `is ${actual[found]}, the reference gives ${expected.values![found]}`;
        return { difference: `${name}: element ${placeOf(found, part)} ${values}` };
      }
    }
    return 'right';
  };
}

/** Operations in groups, in their order, of which none reads what another writes. */
function independentOf(operations: readonly Operation[]): readonly (readonly Operation[])[] {
  const groups: Operation[][] = [];
  for (const operation of operations) {
    const read = new Set(inputsOf(operation).map(({ storage }) => storage));
    const group = groups.find((earlier) =>
      earlier.flatMap(outputsOf).some(({ storage }) => read.has(storage)),
    );
    if (group) group.push(operation);
    else groups.push([operation]);
  }
  return groups;
}

/** The size that rounding is proportional to, even if all results are smaller; 0 if there is none. */
function leastScale({ operations }: Sample, copies: Copies): number {
  let least = 0;
  for (const { operation } of operations) {
    const near = roundsNear(operation);
    if (typeof near === 'number') least = Math.max(least, near);
    if (near === null || typeof near === 'number') continue;
    for (const { of, storage } of copies.values()) {
      if (of !== near.storage) continue;
      for (const value of storage.values!) {
        const size = Math.abs(value);
        if (size > least && size < Infinity) least = size;
      }
    }
  }
  return least;
}

/** Whether there is a number so large, or infinite, or NaN. */
function hasLarge(copies: Copies): boolean {
  for (const {
    storage: { values },
  } of copies.values()) {
    if (!(values instanceof Float32Array)) continue;
    for (let i = 0; i < values.length; i++) if (!(Math.abs(values[i]!) <= largest)) return true;
  }
  return false;
}

/**
 * For each sum that the operations compute, the sum of the sizes of its terms, to which rounding is proportional: what
 * they give for the absolute values of their inputs.
 */
function sumsOfTerms(sample: Sample, view: View): Copies | null {
  if (!sample.operations.every(({ operation }) => roundsWithTerms(operation))) return null;
  const copies = copyOf(sample, view, new Set());
  for (const { storage } of copies.values()) storage.values = storage.values!.map(Math.abs);
  computeAll(sample, copies);
  return copies;
}

/** Whether the sample's first operation is a product, and the next one changes a weight by it. */
function updatesWeight({ operations }: Sample): boolean {
  return isUpdate(operations[1]?.operation);
}

/**
 * Updates by gradients that rounding may have made smaller or larger: an optimizer like Adam divides a gradient by its own
 * size, so that one near 0, of which only rounding is left, moves a weight as far as any other.
 *
 * @param around two copies of the inputs, which become those of the results; none where no product updates a weight
 */
function computeAround({ operations }: Sample, around: readonly Copies[], view: View): readonly Copies[] {
  if (around.length === 0) return around;
  const [product, ...updates] = operations as readonly [SampledOperation, ...SampledOperation[]];
  const terms = sumsOfTerms({ operations: [product] }, view)!;
  const [gradient] = outputsOf(product.operation) as readonly [Tensor];
  const [part] = Object.values(product.parts.outputs);
  const sizes = terms.find(gradient.storage, part!).values!;
  for (const [index, copies] of around.entries()) {
    computeAll({ operations: [product] }, copies);
    const values = copies.find(gradient.storage, part!).values!;
    const share = index === 0 ? -tolerance : tolerance;
    for (let i = 0; i < values.length; i++) values[i]! += share * sizes[i]!;
    computeAll({ operations: updates }, copies);
  }
  return around;
}

interface Copy {
  readonly of: Storage;
  readonly part: Part;
  readonly storage: Storage;
}

/** The parts of storages that a sample has. */
class Copies {
  readonly #byKey = new Map<Storage, Map<string, Copy>>();

  has(of: Storage, part: Part): boolean {
    return this.#byKey.get(of)?.has(keyOf(part)) === true;
  }

  find(of: Storage, part: Part): Storage {
    return this.#byKey.get(of)!.get(keyOf(part))!.storage;
  }

  add(copy: Copy): void {
    const parts = this.#byKey.get(copy.of) ?? new Map<string, Copy>();
    this.#byKey.set(copy.of, parts.set(keyOf(copy.part), copy));
  }

  values(): readonly Copy[] {
    return [...this.#byKey.values()].flatMap((parts) => [...parts.values()]);
  }
}

function copyOf({ operations }: Sample, view: View, written: ReadonlySet<Storage>): Copies {
  const copies = new Copies();
  for (const { operation, parts } of operations) {
    for (const side of ['inputs', 'outputs'] as const) {
      for (const [name, { storage }] of Object.entries<Tensor<DataType>>(operation[side])) {
        const part = parts[side][name]!;
        if (copies.has(storage, part)) continue;
        // a result that is fused away has no place
        const all = view(storage);
        const values = all && valuesOf(all, storage.dtype, part);
        // inputs are read in place, without a copy: the data set is large
        const own = values === all && written.has(storage) ? (values?.slice() ?? null) : values;
        copies.add({ of: storage, part, storage: partStorage(storage.dtype, part, own) });
      }
    }
  }
  return copies;
}

function computeAll({ operations }: Sample, copies: Copies): void {
  for (const { operation, parts, constants } of operations) {
    const copied = (side: 'inputs' | 'outputs'): object =>
      Object.fromEntries(
        Object.entries<Tensor<DataType>>(operation[side]).map(([name, { storage, name: label }]) => {
          const part = parts[side][name]!;
          return [name, new Tensor(shapeOf(part), copies.find(storage, part), label)];
        }),
      );
    compute({ ...operation, inputs: copied('inputs'), outputs: copied('outputs'), constants } as Operation);
  }
}

/** By how much results may differ from what is expected. */
interface Allowed {
  readonly least: number;
  readonly terms?: ArrayLike<number> | undefined;
  /** What else would be right, with all that lies between it and what is expected. */
  readonly alsoRight?: readonly ArrayLike<number>[];
}

/**
 * Compares only where the reference gives a finite number: not every GPU keeps NaN and infinity.
 *
 * @returns the first element that differs, or null
 */
function compare(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { least, terms, alsoRight = [] }: Allowed,
): number | null {
  let scale = least;
  for (let i = 0; i < expected.length; i++) {
    const size = Math.abs(expected[i]!);
    if (size > scale && size < Infinity) scale = size;
  }
  const most = Math.max(tolerance * scale, smallest);
  for (let i = 0; i < expected.length; i++) {
    let [low, high] = [expected[i]!, expected[i]!];
    for (const other of alsoRight) {
      low = Math.min(low, other[i]!);
      high = Math.max(high, other[i]!);
    }
    const difference = Math.max(low - actual[i]!, actual[i]! - high);
    if (difference <= most || difference <= tolerance * finite(terms?.[i])) continue;
    if (Number.isFinite(expected[i])) return i;
  }
  return null;
}

/** The sum of the sizes of an element's terms; 0 where there is none, or where it overflows. */
function finite(size: number | undefined): number {
  return size !== undefined && size < Infinity ? size : 0;
}
