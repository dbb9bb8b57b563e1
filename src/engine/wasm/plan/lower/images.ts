/** What lowers operations on images: half of the code of all kernels. lower.ts loads it when a program has one of them. */
import { batchNormLowerings } from './batch-norm.ts';
import { lowerConv2dBackwardFilter, lowerConv2dBackwardInput } from './conv2d.ts';
import type { LoweringTable } from './lowering.ts';
import { poolLowerings } from './pool.ts';
import { warpLowerings } from './warp.ts';

export { lowerConv2d } from './conv2d.ts';
export { isFusedWithPool } from './pooled-conv.ts';
export { isPooledFilter, lowerPooledFilter } from './unrolled-filter.ts';
export { isMaskedInput, lowerMaskedInput } from './winograd.ts';

export type ImageKind =
  | keyof typeof batchNormLowerings
  | keyof typeof poolLowerings
  | keyof typeof warpLowerings
  | 'conv2dBackwardInput'
  | 'conv2dBackwardFilter';

export const imageLowerings: LoweringTable<ImageKind> = {
  ...poolLowerings,
  ...batchNormLowerings,
  ...warpLowerings,
  conv2dBackwardInput: lowerConv2dBackwardInput,
  conv2dBackwardFilter: lowerConv2dBackwardFilter,
};
