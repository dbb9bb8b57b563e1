/**
 * Elementwise functions that other kernels apply to their results. Only functions of one comparison are here; the
 * others are kernels of their own.
 */
import type { ElementwiseName } from '../../../../tensor/elementwise.ts';
import type { Operation } from '../../../../tensor/operation.ts';
import type { Storage } from '../../../../tensor/tensor.ts';
import { float } from '../../wgsl/number.ts';

interface FunctionSource {
  /** f(value). */
  readonly forward: (value: string, parameter: string) => string;
  /** dy · f′, computed from the output of the function. */
  readonly backward: (kept: string, dy: string, parameter: string) => string;
}

const functions: { readonly [Name in ElementwiseName]?: FunctionSource } = {
  relu: {
    forward: (value) => `select(${value}, 0f, ${value} < 0f)`,
    backward: (kept, dy) => `select(0f, ${dy}, ${kept} > 0f)`,
  },
  leakyRelu: {
    forward: (value, slope) => `select(${slope} * ${value}, ${value}, ${value} > 0f)`,
    backward: (kept, dy, slope) => `select(${slope} * ${dy}, ${dy}, ${kept} > 0f)`,
  },
};

/** A function as a WGSL expression of one number, and the storage of its results. */
export interface Activation {
  readonly expression: (value: string) => string;
  readonly y: Storage;
}

/** The operation as a function that other kernels can apply; null if it is none. */
export function activationOf(operation: Operation): Activation | null {
  if (operation.kind !== 'elementwise') return null;
  const source = functions[operation.constants.function];
  if (source === undefined) return null;
  const parameter = float(operation.constants.parameter);
  return {
    expression: (value) => source.forward(value, parameter),
    y: operation.outputs.y.storage,
  };
}

/** The derivative times the gradient, as a WGSL expression of what the forward pass kept and the gradient. */
export interface Mask {
  readonly expression: (kept: string, dy: string) => string;
  readonly kept: Storage;
  readonly dx: Storage;
}

/** The operation as the backward of such a function, with `dy` as its gradient; null if it is none. */
export function maskOf(operation: Operation, dy: Storage): Mask | null {
  if (operation.kind !== 'elementwiseBackward' || operation.inputs.dy.storage !== dy) return null;
  const source = functions[operation.constants.function];
  if (source === undefined) return null;
  const parameter = float(operation.constants.parameter);
  return {
    expression: (kept, gradient) => source.backward(kept, gradient, parameter),
    kept: operation.inputs.kept.storage,
    dx: operation.outputs.dx.storage,
  };
}
