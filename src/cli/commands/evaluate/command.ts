import { definitions } from '../../../report/definitions.ts';
import { partNames } from '../../../run/evaluate-run.ts';
import { type Command, defineCommand } from '../../framework/command.ts';
import { engineOptions, running } from '../../options/engine-options.ts';
import { runDataOption, runPositional } from '../../options/run-options.ts';

/** Two columns, as the rest of the page. */
const terms = definitions.map(([term, meaning]) => `${term.padEnd(17)}${meaning}`);
const remark =
  'Dropout and random changes of the images are for training: here they are off, also with --part train.';

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
  details: `${terms.join('\n')}\n\n${remark}`,
  run: async (args) => {
    const { evaluate } = await import('./evaluate.ts');
    await evaluate(args);
  },
});
