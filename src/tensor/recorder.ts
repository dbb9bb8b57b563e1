import type { Operation, OperationKind } from './operation.ts';
import { Ops } from './ops.ts';
import { Program } from './program.ts';
import { type Shape, sizeOf } from './shape.ts';
import { type DataType, Storage, Tensor } from './tensor.ts';

/** Computes nothing: appends each operation to a list and hands out tensors without values. */
export class Recorder extends Ops {
  readonly #operations: Operation[] = [];
  #temporaries = 0;

  protected override output<D extends DataType>(dtype: D, shape: Shape): Tensor<D> {
    const storage = new Storage(dtype, sizeOf(shape), null);
    return new Tensor(shape, storage, `%${this.#temporaries++}`);
  }

  protected override emit<K extends OperationKind>(operation: Operation<K>): void {
    this.#operations.push(operation as Operation);
  }

  /** The program so far. `outputs` are the results that the caller will read after a run. */
  finish(name: string, outputs: readonly Tensor<DataType>[] = []): Program {
    return new Program(name, this.#operations, outputs);
  }
}
