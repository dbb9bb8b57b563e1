import type { Operation } from '../../tensor/operation.ts';

/** ReLU has rules of its own: it can follow a product in registers, and change places with max-pooling. */
export function isRelu(operation: Operation | undefined): operation is Operation<'elementwise'> {
  return operation?.kind === 'elementwise' && operation.constants.function === 'relu';
}

export function isReluBackward(
  operation: Operation | undefined,
): operation is Operation<'elementwiseBackward'> {
  return operation?.kind === 'elementwiseBackward' && operation.constants.function === 'relu';
}
