import type { Operation, OperationKind } from '../../tensor/operation.ts';
import { inputsOf, outputsOf } from '../../tensor/operation.ts';
import { compute } from '../../tensor/reference/kernels.ts';
import { type ArrayOf, type DataType, type Storage, Tensor } from '../../tensor/tensor.ts';

/**
 * Operations that the host computes with the reference when the device is used through GL, or when WebGPU cannot hold
 * the data set: it stays on the host, and a step uploads one batch.
 */
const kinds: readonly ['gatherImages', 'gatherLabels', 'gatherRows'] = [
  'gatherImages',
  'gatherLabels',
  'gatherRows',
];
export type HostKind = (typeof kinds)[number];

export function isHostOperation(operation: Operation): operation is Operation<HostKind> {
  return (kinds as readonly OperationKind[]).includes(operation.kind);
}

/**
 * Returns a function that computes the operation on the given arrays instead of its tensors' own values.
 *
 * @throws if an operand is a result of the program, which is on the device
 */
export function onHost(
  operation: Operation<HostKind>,
  arrayOf: (storage: Storage) => ArrayOf<DataType>,
): () => void {
  for (const { name, storage } of inputsOf(operation)) {
    if (!storage.persistent) {
      throw new Error(`${operation.kind}: the gpu engine needs ${name} on the host, but it is a result`);
    }
  }
  const moved = (tensors: Readonly<Record<string, Tensor<DataType>>>): object =>
    Object.fromEntries(
      Object.entries(tensors).map(([key, { dtype, shape, storage, name }]) => [
        key,
        Tensor.from(dtype, shape, arrayOf(storage), name),
      ]),
    );
  const copy = { ...operation, inputs: moved(operation.inputs), outputs: moved(operation.outputs) };
  return () => compute(copy as Operation<HostKind>);
}

/** The storages of the results of a host operation. */
export function hostResults(operation: Operation<HostKind>): readonly Storage[] {
  return outputsOf(operation).map(({ storage }) => storage);
}
