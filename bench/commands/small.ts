import { type Command, defineCommand } from '../../src/cli/framework/command.ts';
import { count, json, strict } from './options.ts';

export const smallCommand: Command = defineCommand({
  command: 'small',
  describe: 'Compare weft with tfjs and brain.js on a small task: lines, size, time',
  options: {
    rounds: { ...count('rounds', 'Times that each library trains'), default: 7 },
    only: {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'Names of libraries, or parts of names (default: all)',
    },
    json,
    strict,
  },
  examples: [['npm run bench -- small --only brain.js', 'beside brain.js alone']],
  details:
    'Each library is installed from the registry into an empty folder of its own. Chromium, where there is one, tells ' +
    'what a page loads that trains.',
  run: async (args) => {
    const { benchSmall } = await import('../small/small.ts');
    await benchSmall(args);
  },
});
