import type { Operation } from '../../../../tensor/operation.ts';
import type { PooledFilter } from '../../../fusion/fuse.ts';
import {
  conv2dFilterUnrolledKernel,
  type UnrolledFilter,
  unrolledItems,
} from '../../kernels/conv2d-filter-unrolled.ts';
import type { Target } from '../../kernels/kernel.ts';
import { call, type Task, task } from '../task.ts';
import type { Lowering } from './lowering.ts';
import { convSizes, pad, windowPadding } from './pad.ts';
import { poolSizes } from './pool-sizes.ts';

/** Whether the gradient of a filter can be taken from the gradient behind the pool. */
export function isPooledFilter({ pool, filter }: Omit<PooledFilter, 'kind'>, target: Target): boolean {
  return unrolledItems(unrolledFilterOf(filter, pool), target) !== null;
}

/** dFilter from the gradient behind a pool, where `isPooledFilter` says that it can be done. */
export function lowerPooledFilter({ pool, filter }: PooledFilter, lowering: Lowering): Task[] {
  return lowerUnrolledFilter(filter, pool, lowering)!;
}

/**
 * dFilter of a window of few numbers: each thread sums over the whole batch, for its own rectangles of the filter.
 *
 * @param pool where dy is taken from behind it
 * @returns null where the window has too many numbers
 */
export function lowerUnrolledFilter(
  operation: Operation<'conv2dBackwardFilter'>,
  pool: Operation<'maxPool2dBackward'> | null,
  lowering: Lowering,
): Task[] | null {
  const { x, dy } = operation.inputs;
  const { dFilter } = operation.outputs;
  const { target } = lowering;
  const filter = unrolledFilterOf(operation, pool);
  const items = unrolledItems(filter, target);
  if (items === null) return null;
  const images = pad(x, windowPadding(x, filter.sizes, operation.constants), lowering.copies);
  const kernel = conv2dFilterUnrolledKernel(filter, target);
  const gradients = pool === null ? [dy] : [pool.inputs.dy, pool.inputs.argmax];
  return [
    ...images.tasks,
    task({
      name: `conv2d dW ${dFilter.shape.join('×')}${pool === null ? '' : ' + maxPool2dBackward'}`,
      items,
      calls: [call(kernel, [images.storage, gradients[0]!, gradients.at(-1)!, dFilter])],
      shared: [images.storage, x, ...gradients],
      scattered: [dFilter],
      operations: pool === null ? [operation] : [pool, operation],
    }),
  ];
}

function unrolledFilterOf(
  { inputs: { x, dy }, outputs: { dFilter }, constants }: Operation<'conv2dBackwardFilter'>,
  pool: Operation<'maxPool2dBackward'> | null,
): UnrolledFilter {
  return {
    sizes: convSizes(x, dFilter, dy, constants),
    images: x.shape[0]!,
    pool: pool === null ? null : poolSizes(pool.outputs.dx, pool.inputs.dy, pool.constants),
  };
}
