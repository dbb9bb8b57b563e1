import { definitions } from '../../../report/definitions.ts';
import { partNames } from '../../../data/dataset.ts';
import { type Command, defineCommand } from '../../framework/command.ts';
import { engineOptions, running } from '../../options/engine-options.ts';
import { runDataOption, runPositional } from '../../options/run-options.ts';
import { ttaOption } from '../../options/tta-option.ts';

/** In two columns, like the options on the help page. */
const terms = definitions.map(([term, meaning]) => `${term.padEnd(17)}${meaning}`);
const remark = 'Dropout and augmentation belong to training: here they are off, also with --part train.';

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
      describe: 'The test examples, or those that the run kept for validation or trained on',
    },
    tta: ttaOption,
    ...engineOptions,
    quiet: { type: 'boolean', default: false, describe: 'Print only the last line', group: running },
    json: {
      type: 'boolean',
      default: false,
      describe: 'Print one JSON object instead of text',
      group: running,
    },
  },
  examples: [
    ['npm run evaluate -- runs/digits', 'the test images'],
    ['npm run evaluate -- runs/digits --part validation', 'the images kept for validation'],
    ['npm run evaluate -- runs/digits --data ~/mnist --json', 'other data, for a program'],
    ['npm run evaluate -- runs/shirts --tta', 'each image and its mirror image'],
    ['npm run evaluate -- runs/houses --data new.csv', 'all rows of another table'],
  ],
  details: `${terms.join('\n')}\n\n${remark}`,
  run: async (args) => {
    const { evaluate } = await import('./evaluate.ts');
    await evaluate(args);
  },
});
