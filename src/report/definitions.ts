/** The terms of an evaluation and their definitions. */
export const definitions: readonly (readonly [term: string, meaning: string])[] = [
  ['loss', 'mean of −log(probability of the true class), plus the L2 penalty if the run has one'],
  ['accuracy', 'share of the images whose most probable class is the true class'],
  ['top-2 accuracy', 'share of the images whose true class is one of the two most probable'],
  ['precision', 'share of the images predicted as a class that belong to it'],
  ['recall', 'share of the images of a class that are predicted as it'],
  ['F1', 'harmonic mean of precision and recall'],
  ['macro mean', 'mean over the classes that occur, with equal weights; what is undefined counts as 0'],
  ['weighted mean', 'mean over the classes, weighted by their number of images'],
  [
    'calibration',
    'in 15 bins of predictions by probability: the mean probability, and the share that is right',
  ],
  ['ECE', 'expected calibration error: mean difference of these two over the images (Guo et al., 2017)'],
];

/** The same for predicted numbers. */
export const numberDefinitions: readonly (readonly [term: string, meaning: string])[] = [
  ['loss', 'what training makes small, the mean over the rows, plus the L2 penalty if the run has one'],
  ['mse', 'as a loss: the mean of (prediction − target)²'],
  ['mae', 'as a loss: the mean of |prediction − target|'],
  [
    'huber',
    'as a loss: half the square of the error up to delta, and beyond it delta · (|error| − delta / 2)',
  ],
  ['mean absolute error', 'mean of |prediction − target|, in the unit of the target'],
  ['root mean squared error', 'square root of the mean of (prediction − target)²: large errors count more'],
  [
    'R²',
    'share of the variance of the targets that is predicted: 1 is perfect, 0 is no better than their mean',
  ],
];
