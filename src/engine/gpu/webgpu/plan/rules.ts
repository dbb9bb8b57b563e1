import type { Operation } from '../../../../tensor/operation.ts';
import { isHostOperation } from '../../host.ts';
import { lowerGatherImages, lowerGatherLabels } from './gather.ts';
import { fuseIntoPoolBackward, lowerMaxPool, lowerMaxPoolBackward } from './pools.ts';
import type { Fused, Lowering } from './rule.ts';
import { lowerTranslated } from './single.ts';

export function lowerOperation(operation: Operation, lowering: Lowering): Fused {
  if (operation.kind === 'gatherImages') return lowerGatherImages(operation, lowering);
  if (operation.kind === 'gatherLabels') return lowerGatherLabels(operation);
  if (operation.kind === 'maxPool2d') return lowerMaxPool(operation, lowering);
  if (operation.kind === 'maxPool2dBackward') return lowerMaxPoolBackward(operation);
  const pool = fuseIntoPoolBackward(operation, lowering);
  if (pool) return pool;
  if (isHostOperation(operation)) throw new Error('unreachable');
  return lowerTranslated(operation, lowering);
}
