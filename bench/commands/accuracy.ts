import { type Command, defineCommand } from '../../src/cli/framework/command.ts';
import { recipes } from '../../src/cli/options/recipes.ts';
import { engineNames } from '../../src/engine/create-engine.ts';
import { count, counts, json, python } from './options.ts';

export const accuracyCommand: Command = defineCommand({
  command: 'accuracy',
  describe: 'Train a preset once for each seed and record the test accuracy, beside PyTorch',
  options: {
    model: {
      choices: Object.keys(recipes),
      default: 'mlp',
      requiresArg: true,
      describe: 'Preset to train: a network with its recipe',
    },
    engine: { choices: engineNames, default: 'auto', requiresArg: true, describe: 'Engine that trains' },
    data: {
      type: 'string',
      requiresArg: true,
      describe: 'Folder of other data, as `npm run train` takes it',
    },
    name: { type: 'string', requiresArg: true, describe: 'What that data is called: mnist' },
    seeds: { ...counts('seeds', 'Seeds of weft, one run each'), default: [1, 2, 3] },
    'pytorch-seeds': { ...counts('pytorch-seeds', 'Seeds of PyTorch'), default: [1, 2, 3, 4, 5] },
    pytorch: { type: 'boolean', default: true, describe: 'Train in PyTorch too' },
    epochs: count('epochs', "Epochs of each run (default: the recipe's)"),
    limit: count('limit', 'Use only the first N training images'),
    json: { ...json, describe: 'File for the result (default: bench/results/accuracy-MODEL.json)' },
    add: {
      type: 'boolean',
      default: false,
      describe: 'Add the seeds to those that the file of the result holds',
    },
    python,
  },
  examples: [
    ['npm run bench -- accuracy --model cnn --seeds 1 --no-pytorch', 'the CNN, once'],
    ['npm run bench -- accuracy --model fast --data ~/mnist --name mnist', 'other data'],
  ],
  run: async ({ 'pytorch-seeds': pytorchSeeds, ...args }) => {
    const { benchAccuracy } = await import('../networks/accuracy.ts');
    benchAccuracy({ ...args, pytorchSeeds });
  },
});
