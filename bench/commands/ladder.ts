import { type Command, defineCommand } from '../../src/cli/framework/command.ts';
import { count, counts, figure, json, strict } from './options.ts';

export const ladderCommand: Command = defineCommand({
  command: 'ladder',
  describe: 'Climb from three plain loops to the fastest product, one idea at a time',
  options: {
    sizes: { ...counts('sizes', 'Sizes of the squares'), default: [64, 128, 256, 512, 1024] },
    rungs: {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'Numbers or names of rungs (default: all): 1 7 engine-wasm',
    },
    threads: count('threads', 'Threads of the rungs that use several (default: the number of cores)'),
    strict,
    json,
    figure,
  },
  examples: [
    ['npm run bench -- ladder', 'all rungs'],
    [
      'npm run bench -- ladder --rungs 7 8 9 --sizes 256',
      'some rungs, and always the first, to compare with',
    ],
    ['npm run bench -- ladder --figure ladder.svg', 'the figure, for this machine'],
  ],
  details: 'docs/matmul.md explains every rung.',
  run: async (args) => {
    const { benchLadder } = await import('../matmul/ladder/ladder.ts');
    await benchLadder(args);
  },
});
