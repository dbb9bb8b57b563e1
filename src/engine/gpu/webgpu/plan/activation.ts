/** Elementwise functions that other kernels can apply to what they write. */
import type { Operation } from '../../../../tensor/operation.ts';
import type { Storage } from '../../../../tensor/tensor.ts';

export function isRelu(operation: Operation): operation is Operation<'relu'> {
  return operation.kind === 'relu';
}

export function isReluBackward(operation: Operation): operation is Operation<'reluBackward'> {
  return operation.kind === 'reluBackward';
}

/** An elementwise function as WGSL of one number, and where its results go. */
export interface Activation {
  readonly expression: (value: string) => string;
  readonly y: Storage;
}

export function activationOf(operation: Operation): Activation | null {
  if (!isRelu(operation)) return null;
  return { expression: (value) => `select(${value}, 0f, ${value} < 0f)`, y: operation.outputs.y.storage };
}

/** The derivative of an elementwise function, as WGSL of the kept number and the gradient. */
export interface Mask {
  readonly expression: (kept: string, dy: string) => string;
  readonly kept: Storage;
  readonly dx: Storage;
}

/** If the operation is one, and `dy` is its gradient. */
export function maskOf(operation: Operation, dy: Storage): Mask | null {
  if (!isReluBackward(operation) || operation.inputs.dy.storage !== dy) return null;
  return {
    expression: (kept, gradient) => `select(0f, ${gradient}, ${kept} > 0f)`,
    kept: operation.inputs.y.storage,
    dx: operation.outputs.dx.storage,
  };
}
