import { entryOf, type Operation, type OperationKind } from '../../../../tensor/operation.ts';
import type { Group } from '../../../fusion/fuse.ts';
import type { Task } from '../task.ts';
import { batchNormLowerings } from './batch-norm.ts';
import { lowerConv2d, lowerConv2dBackwardFilter, lowerConv2dBackwardInput } from './conv2d.ts';
import { elementwiseLowerings } from './elementwise.ts';
import { exampleLowerings } from './examples.ts';
import type { Lowering, LoweringTable } from './lowering.ts';
import { lowerMatmul } from './matmul.ts';
import { poolLowerings } from './pool.ts';
import { reductionLowerings } from './reductions.ts';
import { softmaxLowerings } from './softmax.ts';
import { updateLowerings } from './updates.ts';

/** The kinds of operations that come alone: `fuse` gives products and convolutions groups of their own. */
type SingleKind = Exclude<OperationKind, 'matmul' | 'conv2d'>;

/** Every operation is lowered: a missing kind does not compile. */
const lowerings: LoweringTable<SingleKind> = {
  ...exampleLowerings,
  ...elementwiseLowerings,
  ...reductionLowerings,
  ...poolLowerings,
  ...batchNormLowerings,
  ...softmaxLowerings,
  ...updateLowerings,
  conv2dBackwardInput: lowerConv2dBackwardInput,
  conv2dBackwardFilter: lowerConv2dBackwardFilter,
};

/**
 * From operations to tasks: which kernels with which addresses carry them out, into how many items the work is
 * divided, and what each thread touches.
 */
export function lower(group: Group, lowering: Lowering): Task[] {
  if (group.kind === 'matmul') return lowerMatmul(group, lowering);
  if (group.kind === 'conv2d') return lowerConv2d(group, lowering);
  const { operation } = group;
  const lowerOperation = entryOf(lowerings, operation.kind as SingleKind, 'wasm') as (
    operation: Operation,
    lowering: Lowering,
  ) => Task[];
  return lowerOperation(operation, lowering);
}
