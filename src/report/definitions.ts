/** What the numbers of an evaluation mean: a term, and the words for it. */
export const definitions: readonly (readonly [term: string, meaning: string])[] = [
  ['loss', 'mean of −log(probability of the true class), plus the L2 penalty if the run has one'],
  ['accuracy', 'share of the images whose most probable class is the true one'],
  ['top-2 accuracy', 'share of the images whose true class is one of the two most probable'],
  ['precision', 'of the images predicted to be of a class, the share that is'],
  ['recall', 'of the images of a class, the share that was found'],
  ['F1', 'harmonic mean of precision and recall'],
  ['macro mean', 'over the classes that occur, each counting the same; what is undefined counts as 0'],
  ['weighted mean', 'over the classes, by their number of images'],
  ['calibration', 'predictions in 15 bins by their probability: its mean, and the share that is right'],
  ['ECE', 'expected calibration error: their distance, averaged over the images (Guo et al., 2017)'],
];
