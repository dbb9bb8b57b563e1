import { type Command, defineCommand } from '../../src/cli/framework/command.ts';
import { strict } from './options.ts';

export const tourCommand: Command = defineCommand({
  command: 'tour',
  describe: 'The ladder, then training steps, with explanations, in two minutes (the default)',
  options: { strict },
  examples: [['npm run bench', 'the same']],
  run: async (args) => {
    const { tour } = await import('../tour.ts');
    await tour(args);
  },
});
