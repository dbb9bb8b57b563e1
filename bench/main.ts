/** `npm run bench -- COMMAND`: measurements, and the tables of the documents made from them. */
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { benchAccuracy } from './accuracy.ts';
import { presets } from '../src/model/presets.ts';
import { engineNames } from '../src/tensor/engines.ts';
import { updateDocuments } from './documents.ts';
import { benchMatmul } from './matmul.ts';
import { benchStep } from './step.ts';

const python = {
  type: 'string',
  default: 'python3',
  requiresArg: true,
  describe: 'Python that has the peers: PyTorch, NumPy',
} as const;

/** `256 512`, `256,512` or both. */
function positiveIntegers(words: readonly (string | number)[] | undefined): number[] | undefined {
  return words
    ?.flatMap((word) => String(word).split(','))
    .map((word) => {
      const value = Number(word);
      if (!Number.isSafeInteger(value) || value < 1) throw new Error(`expected sizes above 0, got "${word}"`);
      return value;
    });
}

function positiveInteger(word: string): number {
  return positiveIntegers([word])![0]!;
}

const json = { type: 'string', requiresArg: true, describe: 'File for the result' } as const;
const revectorize = {
  type: 'boolean',
  default: true,
  describe: 'Let V8 pack 128-bit SIMD into 256 bits',
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
      'matmul',
      'Time products of matrices: those of the MLP and squares',
      (command) =>
        command.options({
          engine: { choices: ['wasm', 'reference'] as const, default: 'wasm' as const, describe: 'Engine' },
          sizes: {
            type: 'string',
            array: true,
            coerce: positiveIntegers,
            describe: 'Sizes of squares, instead of the usual products: 256 512 or 256,512',
          },
          threads: {
            type: 'string',
            default: 1,
            requiresArg: true,
            coerce: positiveInteger,
            describe: 'Number of threads',
          },
          revectorize,
          samples: {
            type: 'string',
            default: 20,
            requiresArg: true,
            coerce: positiveInteger,
            describe: 'Samples of each product',
          },
          openblas: { type: 'boolean', default: false, describe: 'Measure sgemm of NumPy in turn' },
          json,
          python,
        }),
      (args) => benchMatmul(args),
    )
    .command(
      'step',
      'Time training steps: epochs of 60,000 images',
      (command) =>
        command.options({
          model: { choices: Object.keys(presets), default: 'mlp', describe: 'Preset to train' },
          engine: { choices: engineNames, default: 'auto' as const, describe: 'Engine' },
          'batch-size': {
            type: 'string',
            default: 64,
            requiresArg: true,
            coerce: positiveInteger,
            describe: 'Images in one step',
          },
          threads: {
            type: 'string',
            requiresArg: true,
            coerce: positiveInteger,
            describe: 'Number of threads',
          },
          revectorize,
          epochs: {
            type: 'string',
            default: 9,
            requiresArg: true,
            coerce: positiveInteger,
            describe: 'Epochs to time',
          },
          pytorch: { type: 'boolean', default: false, describe: 'Train the same in PyTorch in turn' },
          json,
          python,
        }),
      (args) => benchStep(args),
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
