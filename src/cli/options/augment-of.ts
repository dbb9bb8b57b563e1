import type { AugmentOptions } from '../../data/augment.ts';
import type { TrainArguments } from './train-arguments.ts';

/** The options that change the training images. */
export const augmentOptionNames: readonly (keyof AugmentOptions & keyof TrainArguments)[] = [
  'flip',
  'shift',
  'rotate',
  'fill',
  'erase',
  'cutout',
];

/** How the options of the command line change the training images. */
export function augmentOf({
  flip,
  shift,
  rotate,
  fill,
  erase,
  cutout,
}: TrainArguments): Required<AugmentOptions> {
  return { flip, shift, rotate, fill, erase, cutout };
}
