/** Operations that change a tensor in place. */
import type { Operation } from '../../../../tensor/operation.ts';
import { addScaled, clipByNorm, updateAverage } from '../../wgsl/in-place.ts';
import { alone, type Fused } from './rule.ts';

export function lowerAddScaled(operation: Operation<'addScaled'>): Fused {
  const { target, x } = operation.inputs;
  const kernel = addScaled({ length: target.size, scale: operation.constants.scale });
  return alone(operation, [{ kernel, storages: [target.storage, x.storage] }]);
}

export function lowerClipByNorm(operation: Operation<'clipByNorm'>): Fused {
  const { target, squares } = operation.inputs;
  const kernel = clipByNorm({ length: target.size, limit: operation.constants.limit });
  return alone(operation, [{ kernel, storages: [target.storage, squares.storage] }]);
}

export function lowerUpdateAverage(operation: Operation<'updateAverage'>): Fused {
  const { average, x } = operation.inputs;
  const kernel = updateAverage({ length: average.size, momentum: operation.constants.momentum });
  return alone(operation, [{ kernel, storages: [average.storage, x.storage] }]);
}
