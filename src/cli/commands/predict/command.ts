import { inversions } from '../../../data/pictures/prepared-image.ts';
import { type Command, defineCommand } from '../../framework/command.ts';
import { engineOptions, running } from '../../options/engine-options.ts';
import { integer, single } from '../../framework/numbers.ts';
import { positions } from '../../options/positions.ts';
import { runDataOption, runPositional } from '../../options/run-options.ts';

export const predictCommand: Command = defineCommand({
  command: 'predict <run> [pictures..]',
  describe: 'Classify pictures of your own, or test images, with the network of a run',
  positionals: {
    run: runPositional,
    pictures: {
      type: 'string',
      array: true,
      default: [],
      describe: 'PNG or JPEG files, folders of them, or - for standard input',
    },
  },
  options: {
    test: {
      type: 'string',
      requiresArg: true,
      coerce: positions('test'),
      describe: 'Instead of pictures: images of the test set by position, as in 0-8,15',
    },
    data: {
      ...runDataOption,
      describe: 'Folder of the data that --test is about (default: those of the run)',
    },
    top: {
      type: 'string',
      requiresArg: true,
      coerce: integer('top', { from: 1, to: 256 }),
      default: 3,
      describe: 'How many classes to show, the likeliest first',
    },
    invert: {
      choices: inversions,
      requiresArg: true,
      default: 'auto',
      describe: 'Make dark light, as the training images are: if the border is light, always, or never',
    },
    steps: {
      type: 'string',
      requiresArg: true,
      coerce: single('steps'),
      describe: 'PNG file that shows how each picture became what the network sees',
    },
    engine: engineOptions.engine,
    quiet: {
      type: 'boolean',
      default: false,
      describe: 'Print one line for each picture',
      group: running,
    },
    json: {
      type: 'boolean',
      default: false,
      describe: 'Print one JSON object a line instead of text',
      group: running,
    },
  },
  examples: [
    ['npm run predict -- runs/first shoe.jpg', 'a photo, on white at best'],
    [
      'npm run predict -- runs/first photos --steps steps.png',
      'a folder of photos, and how they were prepared',
    ],
    ['npm run predict -- runs/first --test 0-8,15', 'test images, beside their true labels'],
    ['npm run --silent predict -- runs/first - --json < shoe.jpg', 'for programs'],
  ],
  run: async (args) => {
    const { predict } = await import('./predict.ts');
    await predict(args);
  },
});
