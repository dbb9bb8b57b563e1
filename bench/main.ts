/** `npm run bench -- COMMAND`: measurements, and the tables of the documents made from them. */
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { benchAccuracy } from './accuracy.ts';
import { updateDocuments } from './documents.ts';

const python = {
  type: 'string',
  default: 'python3',
  requiresArg: true,
  describe: 'Python that has the peers: PyTorch, NumPy',
} as const;

try {
  await yargs(hideBin(process.argv))
    .scriptName('npm run bench --')
    .command(
      'accuracy',
      'Train the default run once for each seed and note the test accuracy, beside PyTorch',
      (command) =>
        command.options({
          model: { type: 'string', default: 'mlp', requiresArg: true, describe: 'Preset to train' },
          engine: { type: 'string', default: 'auto', requiresArg: true, describe: 'Engine that trains' },
          seeds: { type: 'number', array: true, default: [1, 2, 3], describe: 'Seeds, one run each' },
          python,
        }),
      (args) => benchAccuracy(args),
    )
    .command(
      'docs',
      'Write the tables of the documents from bench/results/',
      (command) =>
        command.option('check', {
          type: 'boolean',
          default: false,
          describe: 'Fail if one differs; write nothing',
        }),
      (args) => updateDocuments(args.check),
    )
    .demandCommand(1, 'expected a command; see --help')
    .strict()
    .fail((message, error) => {
      throw error instanceof Error && error.name !== 'YError' ? error : new Error(message);
    })
    .parseAsync();
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exitCode = 1;
}
