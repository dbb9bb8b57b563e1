import { type Command, defineCommand } from '../../src/cli/framework/command.ts';
import { count, json, namesOf, revectorize, strict } from './options.ts';

export const operationsCommand: Command = defineCommand({
  command: 'operations',
  describe: 'Time every operation by itself, in the sizes that networks have, checked against the reference',
  options: {
    engine: { ...namesOf('engine', ['wasm', 'reference', 'gpu'], 'Engines'), default: ['wasm'] },
    only: { type: 'string', requiresArg: true, describe: 'Only operations whose name contains this: gelu' },
    threads: { ...count('threads', 'Number of threads of the wasm engine'), default: 1 },
    revectorize,
    samples: { ...count('samples', 'Samples of each operation'), default: 20 },
    strict,
    json,
  },
  examples: [
    ['npm run bench -- operations --only gelu', 'one function, forward and backward'],
    ['npm run bench -- operations --engine wasm gpu --only pool', 'two engines, one after the other'],
  ],
  run: async ({ engine: engines, ...args }) => {
    const { benchOperations } = await import('../kernels/operations.ts');
    await benchOperations({ ...args, engines });
  },
});
