/** `npm run bench -- COMMAND`: measurements, and the tables of the documents made from them. */
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { benchAccuracy } from './accuracy.ts';
import { UsageError } from '../src/cli/usage-error.ts';
import { recipes } from '../src/cli/recipes.ts';
import { presets } from '../src/model/presets.ts';
import { engineNames } from '../src/tensor/engines.ts';
import { updateDocuments } from './documents.ts';
import { benchConv2d } from './conv2d.ts';
import { benchGpuMatmul } from './gpu-matmul.ts';
import { benchInference } from './inference.ts';
import { benchLadder, usualSizes } from './ladder.ts';
import { benchMatmul } from './matmul.ts';
import { benchPeers } from './peers.ts';
import { profileStep } from './profile.ts';
import { benchScaling } from './scaling.ts';
import { type ShapeGroup, shapeGroups } from './shapes.ts';
import { benchStep } from './step.ts';
import { tour } from './tour.ts';

/** `256 512`, `256,512` or both. */
function wholeNumbers(option: string, words: readonly (string | number)[]): number[] {
  return words
    .flatMap((word) => String(word).split(','))
    .map((word) => {
      const value = Number(word);
      if (!Number.isSafeInteger(value) || value < 1) {
        throw new UsageError(`--${option}: expected whole numbers above 0, got "${word}"`);
      }
      return value;
    });
}

/** An option with a whole number above 0. */
function count(option: string, describe: string) {
  return {
    type: 'string',
    requiresArg: true,
    coerce: (word: string | number) => wholeNumbers(option, [word])[0]!,
    describe,
  } as const;
}

/** An option with several. */
function counts(option: string, describe: string) {
  return {
    type: 'string',
    array: true,
    requiresArg: true,
    coerce: (words: readonly (string | number)[]) => wholeNumbers(option, words),
    describe,
  } as const;
}

const models = Object.keys(presets);
const json = { type: 'string', requiresArg: true, describe: 'File for the result' } as const;
const python = {
  type: 'string',
  default: 'python3',
  requiresArg: true,
  describe: 'Python that has the peers: PyTorch, NumPy',
} as const;
const revectorize = {
  type: 'boolean',
  default: true,
  describe: 'Let V8 pack 128-bit SIMD into 256 bits',
} as const;

const strict = {
  type: 'boolean',
  default: false,
  describe: 'Measure nothing while there is other work on the machine',
} as const;

/** Options of the measurements of whole networks. */
const raceOptions = {
  engine: { choices: engineNames, default: 'auto' as const, describe: 'Engine' },
  threads: counts('threads', 'Numbers of threads to measure, 1,2 if left out'),
  revectorize,
  pairs: { ...count('pairs', 'Blocks that each contender does in turn'), default: 9 },
  batches: count('batches', 'Batches in a block; what takes about 2 s, at most all, if left out'),
  pytorch: { type: 'boolean', default: false, describe: 'Let PyTorch do the same in turn' },
  strict,
  json,
  python,
} as const;

try {
  await yargs(hideBin(process.argv))
    .scriptName('npm run bench --')
    .command('$0', 'A tour of two minutes: the ladder, then training steps', { strict }, (args) => tour(args))
    .command(
      'accuracy',
      'Train a preset once for each seed and note the test accuracy, beside PyTorch',
      (command) =>
        command.options({
          model: {
            choices: Object.keys(recipes),
            default: 'mlp',
            requiresArg: true,
            describe: 'Preset to train: a network with its recipe',
          },
          engine: {
            choices: engineNames,
            default: 'auto',
            requiresArg: true,
            describe: 'Engine that trains',
          },
          seeds: { ...counts('seeds', 'Seeds of weft, one run each'), default: [1, 2, 3] },
          'pytorch-seeds': { ...counts('pytorch-seeds', 'Seeds of PyTorch'), default: [1, 2, 3, 4, 5] },
          pytorch: { type: 'boolean', default: true, describe: 'Train in PyTorch too' },
          epochs: count('epochs', "Epochs of each run (default: the recipe's)"),
          limit: count('limit', 'Use only the first N training images'),
          json: { ...json, describe: 'File for the result (default: bench/results/accuracy-MODEL.json)' },
          python,
        }),
      (args) => benchAccuracy(args),
    )
    .command(
      'ladder',
      'Climb from three plain loops to the fastest product, an idea at a time',
      (command) =>
        command.options({
          sizes: { ...counts('sizes', 'Sizes of the squares'), default: usualSizes },
          rungs: {
            type: 'string',
            array: true,
            requiresArg: true,
            describe: 'Numbers or names of rungs, instead of all: 1 7 engine-wasm',
          },
          threads: count('threads', 'Threads of the rungs that use several, as many as cores if left out'),
          strict,
          json,
          figure: { type: 'string', requiresArg: true, describe: 'File for the figure, in SVG' },
        }),
      async (args) => void (await benchLadder(args)),
    )
    .command(
      'matmul',
      'Time products of matrices: those of the MLP and squares',
      (command) =>
        command.options({
          engine: {
            choices: ['wasm', 'reference', 'gpu'] as const,
            default: 'wasm' as const,
            describe: 'Engine; gpu: each kernel, with the copies apart, beside wasm',
          },
          sizes: counts('sizes', 'Sizes of squares, instead of the usual products: 256 512 or 256,512'),
          shapes: {
            choices: Object.keys(shapeGroups) as ShapeGroup[],
            array: true,
            requiresArg: true,
            describe: 'Groups of products: of the networks, squares, sizes that fit no tile, large ones',
          },
          threads: { ...count('threads', 'Number of threads'), default: 1 },
          revectorize,
          samples: { ...count('samples', 'Samples of each product'), default: 20 },
          openblas: { type: 'boolean', default: false, describe: 'Measure sgemm of NumPy in turn' },
          strict,
          json,
          python,
        }),
      ({ engine, ...args }) => (engine === 'gpu' ? benchGpuMatmul(args) : benchMatmul({ ...args, engine })),
    )
    .command(
      'conv2d',
      "Time the CNN's convolutions, forward and both ways back",
      (command) =>
        command.options({
          engine: { choices: ['wasm', 'reference'] as const, default: 'wasm' as const, describe: 'Engine' },
          threads: { ...count('threads', 'Number of threads'), default: 1 },
          revectorize,
          samples: { ...count('samples', 'Samples of each convolution'), default: 20 },
          strict,
          json,
        }),
      (args) => benchConv2d(args),
    )
    .command(
      'step',
      'Time training steps, in images per second and seconds of an epoch',
      (command) =>
        command.options({
          model: { choices: models, default: 'mlp', describe: 'Preset to train' },
          'batch-size': { ...count('batch-size', 'Images in one step'), default: 64 },
          profile: {
            type: 'boolean',
            default: false,
            describe: 'Time the tasks of a step one by one instead, on one thread',
          },
          ...raceOptions,
        }),
      (args) => (args.profile ? profileStep(args) : benchStep(args)),
    )
    .command(
      'inference',
      'Time the classification of images, in images per second',
      (command) =>
        command.options({
          model: { choices: models, default: 'cnn', describe: 'Preset to use' },
          'batch-size': { ...count('batch-size', 'Images in one batch'), alias: 'batch', default: 256 },
          ...raceOptions,
        }),
      (args) => benchInference(args),
    )
    .command(
      'scaling',
      'Time training over batch sizes, networks and engines: images and epochs per second, memory, a figure',
      (command) =>
        command.options({
          model: {
            choices: [...models, 'all'],
            array: true,
            default: ['mlp'],
            requiresArg: true,
            describe: 'Presets to train',
          },
          engine: {
            choices: engineNames,
            array: true,
            default: ['wasm' as const],
            requiresArg: true,
            describe: 'Engines; the first one is the one of the figure',
          },
          'batch-sizes': {
            ...counts('batch-sizes', 'Images in one step'),
            default: Array.from({ length: 11 }, (_, power) => 2 ** power),
          },
          threads: counts('threads', 'Numbers of threads of the wasm engine (default: 1,2)'),
          rounds: { ...count('rounds', 'Blocks of steps of each'), default: 5 },
          json,
          figure: { type: 'string', requiresArg: true, describe: 'File for the figure, in SVG' },
          strict,
        }),
      ({ model, engine, ...args }) =>
        benchScaling({ ...args, models: model.includes('all') ? models : model, engines: engine }),
    )
    .command(
      'peers',
      'Measure other libraries beside weft, each in its own process: those of bench/peers/, and of Python',
      (command) =>
        command.options({
          what: {
            choices: ['step', 'matmul', 'inference', 'all'] as const,
            default: 'step' as const,
            describe: 'Training steps, products of matrices, classification',
          },
          model: { choices: ['mlp', 'cnn'], default: 'mlp', describe: 'Preset to train and to use' },
          'batch-size': counts(
            'batch-size',
            'Images in a batch (default: 64 to train, 256 and 1 to classify)',
          ),
          threads: counts('threads', 'Numbers of threads, for those that can be told (default: 1,2)'),
          rounds: { ...count('rounds', 'Blocks that each contender does in turn'), default: 7 },
          only: {
            type: 'string',
            array: true,
            requiresArg: true,
            describe: 'Parts of the names of contenders; all, if left out',
          },
          out: { type: 'string', requiresArg: true, describe: 'Folder for the results' },
          strict,
          python,
        }),
      (args) => benchPeers(args),
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
    .strict()
    .fail((message, error) => {
      throw error instanceof Error && error.name !== 'YError' ? error : new UsageError(message);
    })
    .parseAsync();
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
