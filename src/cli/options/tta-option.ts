import type { Options } from 'yargs';
import { isTableConfiguration } from '../../run/config.ts';
import type { SavedRun } from '../../run/saved-run.ts';
import type { Output } from '../framework/output.ts';
import { UsageError } from '../framework/usage-error.ts';

/** Of commands that predict. */
export const ttaOption: Options & { readonly type: 'boolean'; readonly default: false } = {
  type: 'boolean',
  default: false,
  describe:
    'Test-time augmentation: take the mean of the outputs for each image and for its mirror image; for runs with --flip',
};

/**
 * Warns where a network has not learned from mirror images: it may take them for something else, as shoes that all point to
 * the left.
 *
 * @throws UsageError unless the network of a run sees images
 */
export function checkMirrored({ configuration }: SavedRun, output: Output): void {
  if (isTableConfiguration(configuration)) {
    throw new UsageError('--tta mirrors images, and this run is on a table');
  }
  const { flip = false } = (configuration.augment ?? {}) as { readonly flip?: boolean };
  if (!flip) output.note(unmirroredNote('was'));
}

/** What is said of `--tta` without `--flip`. */
export function unmirroredNote(verb: 'is' | 'was'): string {
  const [have, what] = verb === 'was' ? ['has seen', 'its network'] : ['sees', 'the network'];
  return `this run ${verb} trained without --flip: ${what} ${have} no mirror images, and --tta may make it worse`;
}
