import { inputsOf, type Operation, outputsOf } from '../../../../tensor/operation.ts';
import type { Storage } from '../../../../tensor/tensor.ts';

/**
 * The operations of a program and what they read and write. With it, rules find operations that one kernel can carry
 * out.
 */
export class Graph {
  readonly operations: readonly Operation[];
  readonly #readers = new Map<Storage, Operation[]>();
  readonly #positions: ReadonlyMap<Operation, number>;
  readonly #outputs: ReadonlySet<Storage>;

  constructor(operations: readonly Operation[], outputs: readonly Storage[]) {
    this.operations = operations;
    this.#outputs = new Set(outputs);
    this.#positions = new Map(operations.map((operation, index) => [operation, index]));
    for (const operation of operations) {
      for (const storage of readsOf(operation)) {
        const readers = this.#readers.get(storage);
        if (readers) readers.push(operation);
        else this.#readers.set(storage, [operation]);
      }
    }
  }

  readersOf(storage: Storage): readonly Operation[] {
    return this.#readers.get(storage) ?? [];
  }

  /** The only operation that reads a result; null if another operation, the caller or a later run needs it too. */
  onlyReaderOf(storage: Storage): Operation | null {
    const readers = this.readersOf(storage);
    if (storage.persistent || this.#outputs.has(storage) || readers.length !== 1) return null;
    return readers[0]!;
  }

  /** Whether something else than the given operations needs a result: another operation, the caller, a later run. */
  isNeededBesides(storage: Storage, operations: readonly Operation[]): boolean {
    if (storage.persistent || this.#outputs.has(storage)) return true;
    return this.readersOf(storage).some((reader) => !operations.includes(reader));
  }

  /** Operations in the order of the program. */
  inOrder(operations: readonly Operation[]): readonly Operation[] {
    return operations.toSorted((a, b) => this.#positions.get(a)! - this.#positions.get(b)!);
  }

  /**
   * Whether an operation may run early, directly after `earlier` and the operations that are fused with it. It may if
   * nothing between the two writes what it reads, or touches what it writes.
   *
   * @param together operations that are carried out with `earlier`; `later` may read their results
   */
  canFollow(earlier: Operation, later: Operation, together: readonly Operation[] = []): boolean {
    const [from, to] = [this.#positions.get(earlier)!, this.#positions.get(later)!];
    const reads = readsOf(later);
    const writes = writesOf(later);
    for (const between of this.operations.slice(from + 1, to)) {
      if (together.includes(between)) continue;
      if ([...writesOf(between)].some((storage) => reads.has(storage) || writes.has(storage))) return false;
      if ([...readsOf(between)].some((storage) => writes.has(storage))) return false;
    }
    return true;
  }
}

function readsOf(operation: Operation): Set<Storage> {
  return new Set(inputsOf(operation).map(({ storage }) => storage));
}

function writesOf(operation: Operation): Set<Storage> {
  return new Set(outputsOf(operation).map(({ storage }) => storage));
}
