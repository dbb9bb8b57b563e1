import type { Operation, OperationKind } from '../operation.ts';
import { Ops } from '../ops.ts';
import type { Shape } from '../shape.ts';
import { type DataType, Tensor } from '../tensor.ts';
import { compute } from './kernels.ts';

/** Computes every operation at once, with the reference: for debugging, tests and learning. */
export class EagerOps extends Ops {
  protected override output<D extends DataType>(dtype: D, shape: Shape): Tensor<D> {
    return Tensor.zeros(dtype, shape, 'eager');
  }

  protected override emit<K extends OperationKind>(operation: Operation<K>): void {
    compute(operation);
  }
}
