import { type Command, defineCommand } from '../../src/cli/framework/command.ts';
import { count, json, revectorize, strict } from './options.ts';

export const conv2dCommand: Command = defineCommand({
  command: 'conv2d',
  describe: 'Time the convolutions of the CNN, forward and backward',
  options: {
    engine: {
      choices: ['wasm', 'reference'] as const,
      default: 'wasm',
      requiresArg: true,
      describe: 'Engine',
    },
    threads: { ...count('threads', 'Number of threads'), default: 1 },
    revectorize,
    samples: { ...count('samples', 'Samples of each convolution'), default: 20 },
    strict,
    json,
  },
  examples: [['npm run bench -- conv2d --threads 2', 'on two threads']],
  run: async (args) => {
    const { benchConvolutions } = await import('../kernels/convolutions.ts');
    await benchConvolutions(args);
  },
});
