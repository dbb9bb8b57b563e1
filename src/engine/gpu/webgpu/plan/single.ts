/** Operations whose kernels are those of gpu.js, translated. */
import type { Operation } from '../../../../tensor/operation.ts';
import { usualVariant } from '../../kernels/matmul-variants.ts';
import { lower as lowerToGpuJs } from '../../kernels/lower.ts';
import type { HostKind } from '../../host.ts';
import type { OperationKind } from '../../../../tensor/operation.ts';
import { alone, type Fused, type Lowering } from './rule.ts';

export function lowerTranslated(
  operation: Operation<Exclude<OperationKind, HostKind>>,
  { translate }: Lowering,
): Fused {
  const calls = lowerToGpuJs(operation, usualVariant).map(({ kernel, inputs, output }) => ({
    kernel: translate(
      kernel,
      inputs.map(({ length }) => length),
    ),
    storages: [...inputs, output],
  }));
  return alone(operation, calls);
}
