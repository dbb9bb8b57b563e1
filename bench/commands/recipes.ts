import { type Command, defineCommand } from '../../src/cli/framework/command.ts';
import { ablations } from '../recipes/ablations.ts';
import { count, counts, json } from './options.ts';

export const recipesCommand: Command = defineCommand({
  command: 'recipes',
  describe: 'Take the tricks of a recipe away, one after the other, and record the validation accuracy',
  options: {
    preset: {
      choices: Object.keys(ablations),
      default: 'quick',
      requiresArg: true,
      describe: 'Preset whose recipe is taken apart',
    },
    seeds: { ...counts('seeds', 'Seeds, one run of each variant for each'), default: [1, 2, 3] },
    trial: {
      type: 'string',
      requiresArg: true,
      describe: 'Flags of `npm run train`, for one variant of your own in the place of all',
    },
    epochs: count('epochs', "Epochs of each run (default: the recipe's)"),
    limit: count('limit', 'Use only the first N training images'),
    json: { ...json, describe: 'File for the result (default: bench/results/recipes-PRESET.json)' },
    add: {
      type: 'boolean',
      default: false,
      describe: 'Run only the variants that the file of the result does not hold',
    },
  },
  examples: [
    ['npm run bench -- recipes --preset fast', 'the ablations of a preset'],
    ['npm run bench -- recipes --preset fast --trial="--dropout 0.4"', 'another dropout rate'],
  ],
  run: async (args) => {
    const { benchRecipes } = await import('../recipes/recipes.ts');
    benchRecipes(args);
  },
});
