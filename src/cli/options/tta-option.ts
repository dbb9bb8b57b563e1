import type { Options } from 'yargs';
import type { Sequential } from '../../layers/sequential.ts';
import { UsageError } from '../framework/usage-error.ts';

/** Of commands that predict. */
export const ttaOption: Options & { readonly type: 'boolean'; readonly default: false } = {
  type: 'boolean',
  default: false,
  describe: 'Test-time augmentation: take the mean of the outputs for each image and for its mirror image',
};

/** @throws UsageError unless the network of a run sees images */
export function checkMirrored({ inputShape }: Sequential): void {
  if (inputShape.length !== 3) throw new UsageError('--tta mirrors images, and this run is on a table');
}
