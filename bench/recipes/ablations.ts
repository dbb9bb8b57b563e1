/** The recipes of `--preset`, with one trick after the other taken away, or added: what each is worth. */
import type { Recipe } from '../../src/cli/options/recipes.ts';

/** A recipe with some of its options changed. */
export interface Variant {
  readonly name: string;
  /** In the place of the recipe's own. */
  readonly changes: Recipe;
  /** Why it makes a difference, or none. Markdown. */
  readonly why: string;
}

const normalization =
  'Layers whose inputs keep their mean and variance bear larger learning rates (Ioffe and Szegedy 2015).';
const constantRate: Variant = {
  name: 'with a constant learning rate',
  changes: { schedule: 'constant', 'learning-rate': 0.001 },
  why:
    'One cycle rises to a large rate, which crosses the flat parts of the loss quickly and noisily, and falls to almost 0, so that ' +
    'the weights settle (Smith and Topin 2018). Without it, the rate is the default of Adam, 0.001.',
};
const constantAveraged: Variant = {
  name: 'with a constant rate, and an average of the weights',
  changes: { schedule: 'constant', 'learning-rate': 0.001, ema: 0.998 },
  why: 'The mean over the last 500 steps does what a falling rate does: the noise of the steps cancels.',
};
const averaged: Variant = {
  name: 'with an average of the weights',
  changes: { ema: 0.99 },
  why: 'The rate has fallen to almost 0: the last weights are like each other, and their mean is nothing new.',
};
const withoutSmoothing: Variant = {
  name: 'without label smoothing',
  changes: { 'label-smoothing': 0 },
  why: 'A network that is never asked for certainty keeps smaller logits, and learns labels that are wrong less by heart.',
};
const withoutDecay: Variant = {
  name: 'without weight decay',
  changes: { 'weight-decay': 0 },
  why: 'Each step shrinks the kernels a little, so that weights which nothing needs disappear.',
};
const withoutDropout: Variant = {
  name: 'without dropout',
  changes: { dropout: 0 },
  why: 'Units that may be missing cannot rely on each other; the network is like a mean of many.',
};

/**
 * The epochs of the ablations of a recipe that takes long, in the place of its own: what is of use only in a long run, such as
 * augmentation, then looks worse than it is.
 */
export const ablationEpochs: Readonly<Record<string, number>> = { best: 6 };

export const ablations: Readonly<Record<string, readonly Variant[]>> = {
  quick: [
    {
      name: 'with the network of the notebook',
      changes: { model: 'mlp', dropout: 0 },
      why: 'A first layer of 32 units passes on 32 numbers of 784; 256 units lose less.',
    },
    {
      name: 'without batch normalization',
      changes: { model: 'bench/recipes/networks/dense-256-128.json' },
      why: normalization,
    },
    withoutDropout,
    constantRate,
    constantAveraged,
    averaged,
    withoutSmoothing,
    withoutDecay,
  ],
  fast: [
    {
      name: 'without batch normalization',
      changes: { model: 'cnn' },
      why: normalization,
    },
    {
      ...withoutDropout,
      why: 'In six epochs the network does not learn the images by heart: dropout costs more than it saves.',
    },
    constantRate,
    constantAveraged,
    averaged,
    withoutSmoothing,
    withoutDecay,
  ],
  best: [
    {
      name: 'without batch normalization',
      changes: { model: 'bench/recipes/networks/residual-without-norm.json' },
      why: normalization,
    },
    {
      name: 'without residual connections',
      changes: { model: 'bench/recipes/networks/without-residual.json' },
      why: 'The gradient reaches the first block past the second convolution of each; with six convolutions it arrives in any case.',
    },
    {
      name: 'without augmentation',
      changes: { flip: false, shift: 0, erase: 0 },
      why: 'Changed images are harder, and cannot be learned by heart. In a few epochs nothing is learned by heart anyway.',
    },
    {
      name: 'with images reflected where they were moved',
      changes: { fill: 'reflect' },
      why:
        'Images are moved by a pixel: one row and one column of 28 differ, and most pixels at a border are black in any case. In ' +
        'photographs, a black edge would tell that an image was moved.',
    },
    {
      name: 'with cutout in place of random erasing',
      changes: { erase: 0, cutout: 8 },
      why:
        'A square of 8×8 pixels is black in each image (DeVries and Taylor 2017), where random erasing takes a rectangle of any size ' +
        'from one image in five.',
    },
    constantRate,
    withoutSmoothing,
  ],
};
