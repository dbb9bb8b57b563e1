import { type Command, defineCommand } from '../../framework/command.ts';
import { dataOptions } from '../../options/data-options.ts';
import { filled } from '../../framework/numbers.ts';

export const edaCommand: Command = defineCommand({
  command: 'eda',
  describe: 'Explore a data set before training: counts, pixels, duplicates, pictures; columns of a table',
  options: {
    ...dataOptions,
    out: {
      type: 'string',
      requiresArg: true,
      coerce: filled('out'),
      default: 'eda',
      describe:
        'Folder for the page and its pictures: new, empty, or from an earlier eda, which it replaces; not for a table',
    },
    json: {
      type: 'boolean',
      default: false,
      describe: 'Print the findings as one JSON object instead of text',
    },
  },
  examples: [
    ['npm run eda', 'Fashion-MNIST, to the folder eda'],
    ['npm run eda -- --data ~/mnist --out digits', 'other data, another folder'],
    ['npm run eda -- --data ~/flowers --image-size 64', 'a folder of pictures for each class'],
    ['npm run eda -- --data houses.csv', 'the columns of a table'],
    ['npm run eda -- --json | jq .duplicates', 'for other programs'],
  ],
  run: async (args) => {
    const { eda } = await import('./eda.ts');
    await eda(args);
  },
});
