import { type Command, defineCommand } from '../../framework/command.ts';
import { filled, integer } from '../../framework/numbers.ts';
import { jsonOption, running } from '../../options/engine-options.ts';
import { redisOption } from './redis-option.ts';

export const sweepCommand: Command = defineCommand({
  command: 'sweep <sweep>',
  describe: 'Search for good options: many runs, on this machine or on many',
  positionals: {
    sweep: {
      type: 'string',
      demandOption: true,
      describe:
        'File that says what to search, such as examples/sweep.json; with --report the folder of a sweep',
    },
  },
  options: {
    out: {
      type: 'string',
      requiresArg: true,
      coerce: filled('out'),
      describe: 'Folder of the sweep; one that was interrupted goes on (default: sweeps/<name of the file>)',
      group: running,
    },
    threads: {
      type: 'string',
      requiresArg: true,
      coerce: integer('threads', { from: 1, to: 1024 }),
      describe: 'Runs at a time, one thread each (default: one for each core)',
      group: running,
    },
    redis: redisOption,
    keep: {
      type: 'string',
      requiresArg: true,
      coerce: integer('keep', { from: 1, to: 1000 }),
      default: 3,
      describe: 'With --redis: fetch the weights of so many of the best trials',
      group: running,
    },
    report: {
      type: 'boolean',
      default: false,
      describe: 'Only write sweep.html, trials.csv and trials.json of a sweep anew',
      group: running,
    },
    quiet: { type: 'boolean', default: false, describe: 'Print only the result', group: running },
    json: jsonOption,
  },
  examples: [
    ['npm run sweep -- examples/sweep.json', 'a better MLP in three minutes'],
    ['npm run sweep -- my-sweep.json --out sweeps/second', 'your own search, your own folder'],
    ['npm run sweep -- sweeps/second --report', 'its pages anew'],
    ['npm run sweep -- my-sweep.json --redis redis://10.0.0.1', 'on all workers of that Redis'],
  ],
  run: async (args) => {
    const { sweep } = await import('./sweep.ts');
    await sweep(args);
  },
});
