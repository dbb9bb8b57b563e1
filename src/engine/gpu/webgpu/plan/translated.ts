import { nameOf, type Operation, type OperationKind } from '../../../../tensor/operation.ts';
import { assertCountable } from '../../exact-numbers.ts';
import type { HostKind } from '../../host.ts';
import { lower as lowerToGpuJs } from '../../kernels/lower.ts';
import { usualVariant } from '../../kernels/matmul-variants.ts';
import { alone, type Fused, type Lowering } from './rule.ts';

/**
 * An operation by the kernels that gpu.js translates. Each computes the elements of one result, one by one.
 *
 * @throws if a tensor has more numbers than these kernels can count, since they compute positions in float32
 */
export function lowerTranslated<K extends Exclude<OperationKind, HostKind>>(
  operation: Operation<K>,
  { translate }: Lowering,
): Fused {
  const calls = lowerToGpuJs(operation, usualVariant).map(({ kernel, inputs, output }) => {
    const storages = [...inputs, output];
    assertCountable(nameOf(operation as unknown as Operation), storages);
    const inputLengths = inputs.map(({ length }) => length);
    return { kernel: translate(kernel, inputLengths), storages };
  });
  return alone(operation as unknown as Operation, calls);
}
