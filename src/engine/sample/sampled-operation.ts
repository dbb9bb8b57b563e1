import { inputsOf, type Operation, outputsOf } from '../../tensor/operation.ts';
import { flopsOf } from '../../tensor/operation-facts.ts';
import type { DataType, Tensor } from '../../tensor/tensor.ts';
import type { Part, Pick } from './part.ts';

/** Operations on parts of tensors. */
export interface Sample {
  readonly operations: readonly SampledOperation[];
}

export interface SampledOperation {
  readonly operation: Operation;
  /** For every input and output by its name. */
  readonly parts: { readonly inputs: Parts; readonly outputs: Parts };
  /** In the place of the operation's own. */
  readonly constants: object;
}

type Parts = Readonly<Record<string, Part>>;

/** A number that is moved takes the reference about as long as this much arithmetic. */
export const flopsOfNumber = 8;

/** What the reference does for an operation, in multiplications and additions. */
export function costOf(operation: Operation): number {
  const tensors = [...inputsOf(operation), ...outputsOf(operation)];
  return flopsOf(operation) + flopsOfNumber * tensors.reduce((sum, { size }) => sum + size, 0);
}

/** All of it. */
export function whole(operations: readonly Operation[]): Sample {
  return { operations: operations.map((operation) => sampled(operation, all, all)) };
}

export type PicksOf = (tensor: Tensor<DataType>, name: string) => readonly Pick[];

export const all: PicksOf = ({ shape }) => shape.map(() => null);

/** @param constants in the place of the operation's own */
export function sampled(
  operation: Operation,
  inputs: PicksOf,
  outputs: PicksOf,
  constants: object = operation.constants,
): SampledOperation {
  const partsOf = (tensors: object, picksOf: PicksOf): Parts =>
    Object.fromEntries(
      Object.entries(tensors as Record<string, Tensor<DataType>>).map(([name, tensor]) => [
        name,
        { shape: tensor.shape, picks: picksOf(tensor, name) },
      ]),
    );
  return {
    operation,
    parts: { inputs: partsOf(operation.inputs, inputs), outputs: partsOf(operation.outputs, outputs) },
    constants,
  };
}
