import type { Options } from 'yargs';
import { between, integer, positive, real, filled } from '../framework/numbers.ts';
import { fills } from '../../tensor/warp.ts';
import { dataOptions } from './data-options.ts';
import { engineOptions, jsonOption, running } from './engine-options.ts';
import { modelOption } from './model-option.ts';
import { recipes } from './recipes.ts';
import { tableOptions } from './table-options.ts';
import { optimizerNames, scheduleNames, type TrainArguments } from './train-arguments.ts';

const maxSeed = 2 ** 32 - 1;

/** An option whose value is a text that `coerce` checks and converts. */
function value(describe: string, group: string, coerce: (text: string) => unknown): Options {
  return { type: 'string', requiresArg: true, describe, group, coerce };
}

const model = 'Model and data:';
const training = 'Training:';
const augmentation = 'Augmentation of the training images:';

/** The options of `weft train`, one for each line of its help page. */
export const trainOptions: Readonly<Record<keyof TrainArguments, Options>> = {
  preset: {
    choices: Object.keys(recipes),
    coerce: filled('preset'),
    requiresArg: true,
    describe: 'Use a network together with the recipe to train it; flags override the recipe',
    group: model,
  },
  model: { ...modelOption, group: model },
  dropout: {
    ...value(
      'Dropout rate after each hidden layer or block, in [0, 1)',
      model,
      real('dropout', { from: 0, to: 1 }),
    ),
    default: 0,
  },
  init: {
    type: 'string',
    requiresArg: true,
    coerce: filled('init'),
    describe:
      'Begin with the weights in this safetensors file, of the same network (default: random weights)',
    group: model,
  },
  data: { ...dataOptions.data, group: model },
  'image-size': { ...dataOptions['image-size'], group: model },
  channels: { ...dataOptions.channels, group: model },
  ...tableOptions,
  limit: value('Use only the first N training examples', model, integer('limit', { from: 1, to: 1e9 })),
  'validation-split': {
    ...value(
      'Keep this share of the training examples, from the end, for validation',
      model,
      real('validation-split', { from: 0, to: 1 }),
    ),
    default: 0.2,
  },
  epochs: {
    ...value(
      'How often to go through all training examples',
      training,
      integer('epochs', { from: 1, to: 100_000 }),
    ),
    default: 20,
  },
  until: value(
    'Stop after epoch N, with the schedule of all --epochs; --resume goes on',
    training,
    integer('until', { from: 1, to: 100_000 }),
  ),
  'batch-size': {
    ...value('Examples in one step', training, integer('batch-size', { from: 1, to: 65_536 })),
    default: 64,
  },
  optimizer: {
    choices: optimizerNames,
    default: 'adam',
    requiresArg: true,
    describe: 'The rule by which gradients change the weights',
    group: training,
  },
  'learning-rate': value(
    'Base learning rate (default: 0.001 for adam, 0.01 for sgd)',
    training,
    positive('learning-rate'),
  ),
  momentum: value('Momentum of sgd, in [0, 1)', training, real('momentum', { from: 0, to: 1 })),
  nesterov: { type: 'boolean', describe: 'Use Nesterov momentum with sgd', group: training },
  'weight-decay': {
    ...value(
      'Decoupled weight decay of the kernels, as in AdamW',
      training,
      real('weight-decay', { from: 0, to: Infinity }),
    ),
    default: 0,
  },
  schedule: {
    choices: scheduleNames,
    default: 'constant',
    requiresArg: true,
    describe: 'How the learning rate changes over the run',
    group: training,
  },
  warmup: value(
    'With --schedule cosine: the share of the run with a rising learning rate, in [0, 1)',
    training,
    real('warmup', { from: 0, to: 1 }),
  ),
  l2: {
    ...value(
      'L2 penalty λ: adds λ·Σw² over all kernels to the loss',
      training,
      real('l2', { from: 0, to: Infinity }),
    ),
    default: 0,
  },
  'label-smoothing': {
    ...value(
      'In training, spread this share of each target over all classes, in [0, 1)',
      training,
      real('label-smoothing', { from: 0, to: 1 }),
    ),
    default: 0,
  },
  'class-weights': {
    type: 'string',
    requiresArg: true,
    coerce: filled('class-weights'),
    describe:
      'In training, weight of each class in the loss: balanced, a list w,w,… or name=w,… (other classes: 1)',
    group: training,
  },
  'gradient-clip': value(
    'Scale all gradients down if their common norm is larger than this',
    training,
    positive('gradient-clip'),
  ),
  ema: value(
    'Result in the exponential moving average of the weights, with this decay in [0, 1): 0.998, say',
    training,
    real('ema', { from: 0, to: 1 }),
  ),
  swa: value(
    'Result in the mean of the weights over this share of the steps, the last ones: 0.25, say',
    training,
    real('swa', { from: 0, to: 1 }),
  ),
  'early-stopping': value(
    'Stop after N epochs without a smaller validation loss; keep the weights of the best epoch',
    training,
    integer('early-stopping', { from: 1, to: 100_000 }),
  ),
  seed: {
    ...value(
      'Seed of all random numbers; the same seed gives the same weights, bit for bit',
      training,
      integer('seed', { from: 0, to: maxSeed }),
    ),
    default: 1,
  },
  flip: {
    type: 'boolean',
    default: false,
    describe: 'Mirror each image, left to right, in every second epoch; half of them in each',
    group: augmentation,
  },
  shift: {
    ...value(
      'Move each image by up to N pixels along both axes',
      augmentation,
      integer('shift', { from: 0, to: 65_535 }),
    ),
    default: 0,
  },
  rotate: {
    ...value(
      'Turn each image by up to N degrees in either direction',
      augmentation,
      between('rotate', { from: 0, to: 180 }),
    ),
    default: 0,
  },
  fill: {
    choices: fills,
    default: 'zeros',
    requiresArg: true,
    describe: 'What --shift and --rotate bring in: zeros (black), or the image reflected at its border',
    group: augmentation,
  },
  erase: {
    ...value(
      'Probability that a rectangle of 2 % to 40 % of an image turns black',
      augmentation,
      between('erase', { from: 0, to: 1 }),
    ),
    default: 0,
  },
  cutout: {
    ...value(
      'Turn a square of N×N pixels of each image black, with its centre anywhere in the image',
      augmentation,
      integer('cutout', { from: 0, to: 65_535 }),
    ),
    default: 0,
  },
  'augmented-picture': {
    type: 'string',
    requiresArg: true,
    coerce: filled('augmented-picture'),
    describe: 'Before training, write this PNG file: an image of each class as the first 8 epochs see it',
    group: augmentation,
  },
  tta: {
    type: 'boolean',
    default: false,
    describe: 'In the test at the end, take the mean of the outputs for each image and its mirror image',
    group: augmentation,
  },
  ...engineOptions,
  out: {
    type: 'string',
    requiresArg: true,
    coerce: filled('out'),
    describe: 'Folder for the results, new or empty (default: runs/<time>-<model>)',
    group: running,
  },
  resume: {
    type: 'string',
    requiresArg: true,
    coerce: filled('resume'),
    describe: 'Continue the run in this folder with its own settings, up to --epochs in all',
    group: running,
  },
  config: {
    type: 'string',
    requiresArg: true,
    coerce: filled('config'),
    describe: 'Read options from this JSON file, { "epochs": 5, "batch-size": 32 }; flags override it',
    group: running,
  },
  test: {
    type: 'boolean',
    default: true,
    describe: 'Evaluate on the test examples at the end (leave them with --no-test)',
    group: running,
  },
  report: {
    type: 'boolean',
    default: true,
    describe: 'Write report.html, curves.svg and curves.png (turn off with --no-report)',
    group: running,
  },
  quiet: {
    type: 'boolean',
    default: false,
    describe: 'Print only the final result',
    group: running,
  },
  json: jsonOption,
};

/** The default values of the options that have one. */
export const trainDefaults: Partial<TrainArguments> = Object.fromEntries(
  Object.entries(trainOptions)
    .filter(([, option]) => option.default !== undefined)
    .map(([name, option]) => [name, option.default]),
);

/** An option whose default is only shown on the help page, so that a command knows whether a value was given. */
export function withoutDefault({ default: value, ...option }: Options): Options {
  return value === undefined ? option : { ...option, defaultDescription: JSON.stringify(value) };
}
