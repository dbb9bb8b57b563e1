import { partNames } from '../train/evaluate-run.ts';
import { type Command, defineCommand } from './command.ts';
import { engineOptions, running } from './engine-options.ts';
import { runDataOption, runPositional } from './run-options.ts';

/** What the numbers mean. */
const definitions = `loss             mean of −log(probability of the true class), plus the L2 penalty if the run has one
accuracy         share of the images whose most probable class is the true one
top-2 accuracy   share of the images whose true class is one of the two most probable
precision        of the images predicted to be of a class, the share that is
recall           of the images of a class, the share that was found
F1               harmonic mean of precision and recall
macro mean       over the classes, each counting the same; weighted mean: by their number of images
calibration      the predictions in 15 bins by the probability that the network gives them: the mean of
                 these, and the share that is right
ECE              expected calibration error: the mean distance of the two (Guo et al., 2017)

Dropout and random changes of the images are for training: here they are off, also with --part train.`;

export const evaluateCommand: Command = defineCommand({
  command: 'evaluate <run>',
  describe: 'Evaluate the network of a run: accuracy, classes, confusions, calibration, mistakes',
  positionals: { run: runPositional },
  options: {
    data: runDataOption,
    part: {
      choices: partNames,
      default: 'test',
      requiresArg: true,
      describe: 'Which images: for testing, or those that the run kept for validation or trained on',
    },
    ...engineOptions,
    quiet: { type: 'boolean', default: false, describe: 'Print the last line only', group: running },
    json: { type: 'boolean', default: false, describe: 'Print one JSON object instead', group: running },
  },
  examples: [
    ['npm run evaluate -- runs/digits', 'on its test images'],
    ['npm run evaluate -- runs/digits --part validation', 'on what it kept for validation'],
    ['npm run evaluate -- runs/digits --data ~/mnist --json', 'on other data, for a program'],
  ],
  details: definitions,
  run: async (args) => {
    const { evaluate } = await import('./evaluate.ts');
    await evaluate(args);
  },
});
