import { type Command, defineCommand } from '../../src/cli/framework/command.ts';
import { counts, strict } from './options.ts';
import { speedOptions } from './speed-options.ts';

export const inferenceCommand: Command = defineCommand({
  command: 'inference',
  describe: 'Time the classification of images, from bytes to classes',
  options: {
    ...speedOptions,
    'batch-size': { ...counts('batch-size', 'Images in a batch'), default: [256, 1] },
    strict,
  },
  examples: [['npm run bench -- inference --model cnn --batch-size 64', 'one network, one size']],
  run: async (args) => {
    const { benchSpeeds } = await import('../networks/speeds.ts');
    const { model: models, engine: engines, 'batch-size': batchSizes } = args;
    await benchSpeeds('infer', { ...args, models, engines, batchSizes });
  },
});
