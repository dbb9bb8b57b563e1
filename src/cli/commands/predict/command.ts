import { inversions } from '../../../data/pictures/prepared-image.ts';
import { type Command, defineCommand } from '../../framework/command.ts';
import { engineOptions, jsonOption, running } from '../../options/engine-options.ts';
import { integer, filled } from '../../framework/numbers.ts';
import { positions } from '../../options/positions.ts';
import { runDataOption, runPositional } from '../../options/run-options.ts';
import { ttaOption } from '../../options/tta-option.ts';

export const predictCommand: Command = defineCommand({
  command: 'predict <run> [files..]',
  describe: 'Predict your own pictures, test images or the rows of a table, with the network of a run',
  positionals: {
    run: runPositional,
    files: {
      type: 'string',
      array: true,
      default: [],
      describe: 'PNG or JPEG files, folders of them, or - for standard input; for a run on a table, tables',
    },
  },
  options: {
    test: {
      type: 'string',
      requiresArg: true,
      coerce: positions('test'),
      describe: 'Classify test images, by position, instead of pictures: 0-8,15',
    },
    data: {
      ...runDataOption,
      describe: 'With --test: folder of the data (default: the data of the run)',
    },
    top: {
      type: 'string',
      requiresArg: true,
      coerce: integer('top', { from: 1, to: 256 }),
      default: 3,
      describe: 'How many classes to print, the most probable first',
    },
    invert: {
      choices: inversions,
      requiresArg: true,
      default: 'auto',
      describe:
        'Invert pictures, so that they are light on black like the training images; auto: if they are darker than their background',
    },
    steps: {
      type: 'string',
      requiresArg: true,
      coerce: filled('steps'),
      describe: 'PNG file to write that shows each step of preparing the pictures',
    },
    tta: ttaOption,
    engine: engineOptions.engine,
    quiet: {
      type: 'boolean',
      default: false,
      describe: 'Print one line for each image',
      group: running,
    },
    json: jsonOption,
  },
  examples: [
    ['npm run predict -- runs/first shoe.jpg', 'a photo, best on a white background'],
    [
      'npm run predict -- runs/first photos --steps steps.png',
      'a folder of photos, and the steps of preparing them',
    ],
    ['npm run predict -- runs/first --test 0-8,15', 'test images, beside their true labels'],
    ['npm run predict -- runs/houses new.csv', 'the rows of a table'],
    ['npm run --silent predict -- runs/first - --json < shoe.jpg', 'for programs'],
  ],
  run: async (args) => {
    const { predict } = await import('./predict.ts');
    await predict(args);
  },
});
