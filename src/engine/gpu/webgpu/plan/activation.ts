/** Elementwise functions that other kernels can apply to what they write. */
import type { Operation } from '../../../../tensor/operation.ts';

export function isRelu(operation: Operation): operation is Operation<'relu'> {
  return operation.kind === 'relu';
}

export function isReluBackward(operation: Operation): operation is Operation<'reluBackward'> {
  return operation.kind === 'reluBackward';
}
