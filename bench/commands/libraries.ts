import { type Command, defineCommand } from '../../src/cli/framework/command.ts';
import { count, counts, python, strict } from './options.ts';

export const librariesCommand: Command = defineCommand({
  command: 'libraries',
  describe: 'Measure other libraries beside weft, each in a process of its own',
  options: {
    what: {
      choices: ['step', 'matmul', 'inference', 'all'] as const,
      default: 'step',
      requiresArg: true,
      describe: 'What to measure: training steps, products of matrices, classification',
    },
    model: {
      choices: ['mlp', 'cnn'],
      default: 'mlp',
      requiresArg: true,
      describe: 'Preset to train or to classify with',
    },
    'batch-size': counts('batch-size', 'Images in a batch (default: 64 to train, 256 and 1 to classify)'),
    threads: counts('threads', 'Numbers of threads, for libraries where they can be chosen (default: 1, 2)'),
    rounds: { ...count('rounds', 'Blocks that each contender does'), default: 7 },
    only: {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'Names of libraries, or parts of names (default: all)',
    },
    out: { type: 'string', requiresArg: true, describe: 'Folder for the results' },
    strict,
    python,
  },
  examples: [
    ['npm run bench -- libraries', 'the MLP in training'],
    ['npm run bench -- libraries --model cnn --only PyTorch', 'the CNN, beside PyTorch alone'],
    ['npm run bench -- libraries --what matmul', 'products of matrices'],
  ],
  details:
    'The packages are installed by `npm ci --prefix bench/libraries`. PyTorch and NumPy are those of `python3`, or of ' +
    '--python. A library that is not installed is left out, with a line that says how to install it.',
  run: async ({ 'batch-size': batchSize, ...args }) => {
    const { benchLibraries } = await import('../race/race.ts');
    await benchLibraries({ ...args, batchSize });
  },
});
