import { cpus } from 'node:os';
import { type Command, defineCommand } from '../../framework/command.ts';
import { filled, integer } from '../../framework/numbers.ts';
import { jsonOption, running } from '../../options/engine-options.ts';
import { importQueue } from '../sweep/import-queue.ts';
import { redisOption } from '../sweep/redis-option.ts';

export const workerCommand: Command = defineCommand({
  command: 'worker',
  describe: 'Do runs of sweeps of other machines: they come from a queue',
  options: {
    redis: redisOption,
    threads: {
      type: 'string',
      requiresArg: true,
      coerce: integer('threads', { from: 1, to: 1024 }),
      describe: `Runs at a time, one thread each (default: one for each core, of which there are ${cpus().length})`,
      group: running,
    },
    data: {
      type: 'string',
      requiresArg: true,
      coerce: filled('data'),
      describe:
        'Where the data of the sweeps are here: checksums tell whether they are the same (default: Fashion-MNIST)',
      group: running,
    },
    lease: {
      type: 'string',
      requiresArg: true,
      coerce: integer('lease', { from: 1, to: 3600 }),
      default: 30,
      describe: 'Seconds of silence after which a run goes to another worker',
      group: running,
    },
    quiet: { type: 'boolean', default: false, describe: 'Print only what went wrong', group: running },
    json: jsonOption,
  },
  examples: [
    ['npm run worker -- --redis redis://10.0.0.1', 'on each machine that is to help'],
    ['npm run worker -- --redis redis://10.0.0.1 --threads 4 --data ~/flowers', 'other data, four cores'],
  ],
  run: async (args) => {
    const { work } = await importQueue(() => import('./worker.ts'));
    await work(args);
  },
});
