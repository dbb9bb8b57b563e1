import type { Operation, OperationKind } from '../../../../tensor/operation.ts';
import type { HostKind } from '../../host.ts';
import { lower as lowerToGpuJs } from '../../kernels/lower.ts';
import { usualVariant } from '../../kernels/matmul-variants.ts';
import { alone, type Fused, type Lowering } from './rule.ts';

/** An operation by the kernels that gpu.js translates: those that compute each element of one result by itself. */
export function lowerTranslated<K extends Exclude<OperationKind, HostKind>>(
  operation: Operation<K>,
  { translate }: Lowering,
): Fused {
  const calls = lowerToGpuJs(operation, usualVariant).map(({ kernel, inputs, output }) => ({
    kernel: translate(
      kernel,
      inputs.map(({ length }) => length),
    ),
    storages: [...inputs, output],
  }));
  return alone(operation as unknown as Operation, calls);
}
