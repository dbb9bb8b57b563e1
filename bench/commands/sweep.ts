import { type Command, defineCommand } from '../../src/cli/framework/command.ts';
import { json } from './options.ts';

export const sweepCommand: Command = defineCommand({
  command: 'sweep',
  describe: 'Do the sweep of examples/sweep.json, and record its trials for the documents',
  options: { json: { ...json, describe: 'File for the result (default: bench/results/sweep.json)' } },
  examples: [['npm run bench -- sweep', 'about a minute']],
  run: async (args) => {
    const { recordSweep } = await import('../sweeps/record-sweep.ts');
    recordSweep(args);
  },
});
