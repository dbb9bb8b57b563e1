import { type Command, defineCommand } from '../../src/cli/framework/command.ts';
import { json, python, strict } from './options.ts';

export const gpuCommand: Command = defineCommand({
  command: 'gpu',
  describe: 'All that is measured on a card, with PyTorch beside it where it is, in at most five minutes',
  options: {
    quick: {
      type: 'boolean',
      default: false,
      describe: 'Small and short, to see that everything works; also on an adapter in software',
    },
    python,
    strict,
    json: { ...json, describe: 'File for the result (default: bench/results/gpu-CARD.json on a card)' },
  },
  examples: [
    ['npm run bench -- gpu', 'then `npm run bench -- docs` makes the tables'],
    ['npm run bench -- gpu --quick', 'a trial of the command itself'],
  ],
  details: 'Losses and products are checked first. docs/benchmarks.md explains what is measured.',
  run: async (args) => {
    const { benchCard } = await import('../card/card.ts');
    await benchCard(args);
  },
});
