import { type Command, defineCommand } from '../../framework/command.ts';
import { findLrOptions, type GivenFindLrArguments } from './options.ts';

export const findLrCommand: Command = defineCommand({
  command: 'find-lr',
  describe: 'Suggest a learning rate: train for some steps at a rising rate, and watch the loss',
  options: findLrOptions,
  examples: [
    ['npm run find-lr', 'the MLP with Adam'],
    ['npm run find-lr -- --model cnn --optimizer sgd --momentum 0.9', 'another network and optimizer'],
    ['npm run find-lr -- --optimizer sgd --to 10 --steps 1000', 'a wider range, a finer curve'],
  ],
  run: async (given) => {
    const { findLr } = await import('./find-lr.ts');
    await findLr(given as unknown as GivenFindLrArguments);
  },
});
