import { type Command, defineCommand } from '../../src/cli/framework/command.ts';
import { counts, figure, strict } from './options.ts';
import { speedOptions } from './speed-options.ts';

export const scalingCommand: Command = defineCommand({
  command: 'scaling',
  describe: 'Time training steps for many batch sizes and numbers of threads, with a figure',
  options: {
    ...speedOptions,
    model: { ...speedOptions.model, default: ['mlp'] },
    'batch-size': {
      ...counts('batch-size', 'Images in a step'),
      default: Array.from({ length: 11 }, (_, power) => 2 ** power),
    },
    figure: { ...figure, describe: 'File for the figure, in SVG: the first network on the first engine' },
    strict,
  },
  examples: [
    ['npm run bench -- scaling --figure scaling.svg', 'the MLP'],
    ['npm run bench -- scaling --model cnn --batch-size 1 16 256', 'the CNN, three sizes'],
  ],
  run: async (args) => {
    const { benchSpeeds } = await import('../networks/speeds.ts');
    const { model: models, engine: engines, 'batch-size': batchSizes } = args;
    await benchSpeeds('train', { ...args, models, engines, batchSizes });
  },
});
