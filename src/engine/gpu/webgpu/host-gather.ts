import type { Operation } from '../../../tensor/operation.ts';
import type { Program } from '../../../tensor/program.ts';
import { type ArrayOf, type DataType, type Storage, type Tensor, zeros } from '../../../tensor/tensor.ts';
import { type HostKind, onHost } from '../host.ts';

export type Gather = Operation<HostKind>;

/**
 * Batches of data sets that are too large for the device. They stay on the host, which gathers each batch with the
 * reference before a run.
 */
export class HostGather {
  /** The data sets. */
  readonly #kept = new Set<Storage>();
  /** Values on the host: those of data sets, of indices and of batches. */
  readonly #values = new Map<Storage, ArrayOf<DataType>>();

  /**
   * Keeps the data sets of a program that have more bytes than `most`.
   *
   * @returns the operations that gather from them
   */
  adopt(program: Program, most: number): readonly Gather[] {
    const gathers = program.operations.filter(
      (operation): operation is Gather =>
        (operation.kind === 'gatherImages' && operation.inputs.images.storage.bytes > most) ||
        (operation.kind === 'gatherLabels' && operation.inputs.labels.storage.bytes > most) ||
        (operation.kind === 'gatherRows' && operation.inputs.x.storage.bytes > most),
    );
    for (const { kind, inputs, outputs } of gathers) {
      const { indices, ...rest } = inputs;
      if (!indices.storage.persistent) {
        throw new Error(`${kind}: the data set does not fit on the GPU, and its indices are a result`);
      }
      for (const { storage, values } of Object.values<Tensor<DataType>>(rest)) {
        this.#kept.add(storage);
        if (!this.#values.has(storage)) this.#values.set(storage, values);
      }
      if (!this.#values.has(indices.storage)) this.#values.set(indices.storage, indices.values.slice());
      const { storage } = outputs.y;
      this.#values.set(storage, zeros(storage.dtype, storage.length));
    }
    return gathers;
  }

  /** Whether a tensor is on the host only. */
  keeps(storage: Storage): boolean {
    return this.#kept.has(storage);
  }

  /** Notes new values of a tensor that gathers read. */
  write(storage: Storage, values: ArrayLike<number>): void {
    this.#values.get(storage)?.set(values);
  }

  read(storage: Storage): ArrayOf<DataType> {
    return this.#values.get(storage)!.slice();
  }

  compute(gather: Gather): ArrayOf<DataType> {
    onHost(gather, (storage) => this.#values.get(storage)!)();
    return this.#values.get(gather.outputs.y.storage)!;
  }
}
