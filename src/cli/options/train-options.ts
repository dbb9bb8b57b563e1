import type { Options } from 'yargs';
import { type DataArguments, dataOptions } from './data-options.ts';
import { type EngineArguments, engineOptions, running } from './engine-options.ts';
import { modelOption } from './model-option.ts';
import { between, integer, positive, real, single } from '../framework/numbers.ts';
import { recipes } from './recipes.ts';

const maxSeed = 2 ** 32 - 1;

export const scheduleNames = ['constant', 'step', 'cosine', 'one-cycle'] as const;

/** What `weft train` was asked for. */
export interface TrainArguments extends DataArguments, EngineArguments {
  readonly preset: string | undefined;
  readonly model: string;
  readonly dropout: number;
  readonly init: string | undefined;
  readonly limit: number | undefined;
  readonly 'validation-split': number;
  readonly epochs: number;
  readonly 'batch-size': number;
  readonly optimizer: 'adam' | 'sgd';
  readonly 'learning-rate': number | undefined;
  readonly momentum: number | undefined;
  readonly nesterov: boolean | undefined;
  readonly 'weight-decay': number;
  readonly schedule: (typeof scheduleNames)[number];
  readonly warmup: number | undefined;
  readonly l2: number;
  readonly 'label-smoothing': number;
  readonly 'class-weights': string | undefined;
  readonly 'gradient-clip': number | undefined;
  readonly 'early-stopping': number | undefined;
  readonly flip: boolean;
  readonly shift: number;
  readonly rotate: number;
  readonly erase: number;
  readonly 'augmented-picture': string | undefined;
  readonly seed: number;
  readonly out: string | undefined;
  readonly resume: string | undefined;
  readonly config: string | undefined;
  readonly report: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** The same with undefined for everything that was not given: a recipe or a default takes its place. */
export type GivenArguments = {
  readonly [Option in keyof TrainArguments]?: TrainArguments[Option] | undefined;
};

/** An option whose value is checked by `coerce` as it was typed. */
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
    coerce: single('preset'),
    requiresArg: true,
    describe: 'A network with the recipe to train it; other flags win over the recipe',
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
    coerce: single('init'),
    describe: 'Safetensors file with the weights to begin with, of the same network (default: random)',
    group: model,
  },
  data: { ...dataOptions.data, group: model },
  'image-size': { ...dataOptions['image-size'], group: model },
  channels: { ...dataOptions.channels, group: model },
  limit: value('Use only the first N training images', model, integer('limit', { from: 1, to: 1e9 })),
  'validation-split': {
    ...value(
      'Share of the training images kept for validation, from the end',
      model,
      real('validation-split', { from: 0, to: 1 }),
    ),
    default: 0.2,
  },
  epochs: {
    ...value('Passes over the training images', training, integer('epochs', { from: 1, to: 100_000 })),
    default: 20,
  },
  'batch-size': {
    ...value('Images in one step', training, integer('batch-size', { from: 1, to: 65_536 })),
    default: 64,
  },
  optimizer: {
    choices: ['adam', 'sgd'],
    default: 'adam',
    requiresArg: true,
    describe: 'How gradients change the weights',
    group: training,
  },
  'learning-rate': value(
    'Base learning rate (default: 0.001 for adam, 0.01 for sgd)',
    training,
    positive('learning-rate'),
  ),
  momentum: value('Momentum of sgd, in [0, 1)', training, real('momentum', { from: 0, to: 1 })),
  nesterov: { type: 'boolean', describe: 'Nesterov momentum for sgd', group: training },
  'weight-decay': {
    ...value(
      'Decoupled weight decay of kernels, as in AdamW',
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
    'Share of the run in which the cosine schedule warms up, in [0, 1)',
    training,
    real('warmup', { from: 0, to: 1 }),
  ),
  l2: {
    ...value(
      'L2 penalty λ: adds λ·Σw² over kernels to the loss',
      training,
      real('l2', { from: 0, to: Infinity }),
    ),
    default: 0,
  },
  'label-smoothing': {
    ...value(
      'Share of each target spread over all classes, in training, in [0, 1)',
      training,
      real('label-smoothing', { from: 0, to: 1 }),
    ),
    default: 0,
  },
  'class-weights': {
    type: 'string',
    requiresArg: true,
    coerce: single('class-weights'),
    describe: 'How much each class counts, in training: balanced, a list w,w,… or name=w,… (others 1)',
    group: training,
  },
  'gradient-clip': value(
    'Scale the gradients down together where their norm is larger than this',
    training,
    positive('gradient-clip'),
  ),
  'early-stopping': value(
    'End after so many epochs without a smaller validation loss, and keep the best weights',
    training,
    integer('early-stopping', { from: 1, to: 100_000 }),
  ),
  seed: {
    ...value(
      'Seed of weights, shuffling, dropout and augmentation; the same seed gives the same weights, bit for bit',
      training,
      integer('seed', { from: 0, to: maxSeed }),
    ),
    default: 1,
  },
  flip: {
    type: 'boolean',
    default: false,
    describe: 'Mirror half of them, left to right',
    group: augmentation,
  },
  shift: {
    ...value(
      'Move by up to N pixels, down or up and across',
      augmentation,
      integer('shift', { from: 0, to: 65_535 }),
    ),
    default: 0,
  },
  rotate: {
    ...value(
      'Turn by up to so many degrees, either way',
      augmentation,
      between('rotate', { from: 0, to: 180 }),
    ),
    default: 0,
  },
  erase: {
    ...value(
      'Probability that a rectangle, 2 % to 40 % of an image, is made black',
      augmentation,
      between('erase', { from: 0, to: 1 }),
    ),
    default: 0,
  },
  'augmented-picture': {
    type: 'string',
    requiresArg: true,
    coerce: single('augmented-picture'),
    describe: 'PNG file for a look before training: an image of each class, and as 8 epochs see it',
    group: augmentation,
  },
  ...engineOptions,
  out: {
    type: 'string',
    requiresArg: true,
    coerce: single('out'),
    describe: 'Folder for the results, new or empty (default: runs/<time>-<model>)',
    group: running,
  },
  resume: {
    type: 'string',
    requiresArg: true,
    coerce: single('resume'),
    describe: 'Go on with the run in this folder, with its settings, up to --epochs in all',
    group: running,
  },
  config: {
    type: 'string',
    requiresArg: true,
    coerce: single('config'),
    describe: 'JSON file with options, { "epochs": 5, "batch-size": 32 }; flags win over it',
    group: running,
  },
  report: {
    type: 'boolean',
    default: true,
    describe: 'Write report.html, curves.svg and curves.png (--no-report leaves them out)',
    group: running,
  },
  quiet: {
    type: 'boolean',
    default: false,
    describe: 'Print the final result only',
    group: running,
  },
  json: {
    type: 'boolean',
    default: false,
    describe: 'Print one JSON object a line instead of text',
    group: running,
  },
};

/** The values of the options that have a default. */
export const trainDefaults: Partial<TrainArguments> = Object.fromEntries(
  Object.entries(trainOptions)
    .filter(([, option]) => option.default !== undefined)
    .map(([name, option]) => [name, option.default]),
);
