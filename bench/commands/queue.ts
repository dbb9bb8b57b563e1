import { type Command, defineCommand } from '../../src/cli/framework/command.ts';
import { positive } from '../../src/cli/framework/numbers.ts';
import { count, json } from './options.ts';

export const queueCommand: Command = defineCommand({
  command: 'queue',
  describe:
    'Measure what the queue of a sweep costs: jobs that are only waited for, and a worker that is killed',
  options: {
    redis: {
      type: 'string',
      requiresArg: true,
      default: 'redis://127.0.0.1:6379',
      describe: 'Address of a Redis server without other work',
    },
    jobs: { ...count('jobs', 'Jobs in all'), default: 5000 },
    seconds: {
      type: 'string',
      requiresArg: true,
      coerce: (word: string | number) => positive('seconds')(String(word)),
      default: 1,
      describe: 'Seconds of a job',
    },
    workers: { ...count('workers', 'Processes that do jobs'), default: 4 },
    parallel: { ...count('parallel', 'Jobs that each of them does at a time'), default: 12 },
    json: { ...json, describe: 'File for the result (default, with 5,000 jobs: bench/results/queue.json)' },
  },
  examples: [['npm run bench -- queue --jobs 200', 'a quick look']],
  run: async (args) => {
    const { benchQueue } = await import('../sweeps/simulated.ts');
    await benchQueue(args);
  },
});
