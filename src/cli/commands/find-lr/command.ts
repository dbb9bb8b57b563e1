import type { Options } from 'yargs';
import { type Command, defineCommand } from '../../framework/command.ts';
import { integer, positive } from '../../framework/numbers.ts';
import { withoutDefault } from '../train/command.ts';
import { type GivenArguments, type TrainArguments, trainOptions } from '../../options/train-options.ts';

/** What a run of training is made of, but for its length and its rate. */
const shared: readonly (keyof TrainArguments)[] = [
  'preset',
  'model',
  'dropout',
  'init',
  'data',
  'image-size',
  'channels',
  'limit',
  'validation-split',
  'batch-size',
  'optimizer',
  'momentum',
  'nesterov',
  'weight-decay',
  'l2',
  'label-smoothing',
  'seed',
  'flip',
  'shift',
  'rotate',
  'erase',
  'engine',
  'threads',
  'revectorize',
  'out',
  'quiet',
  'json',
];

export interface RangeArguments {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}
export type GivenFindLrArguments = RangeArguments & GivenArguments;

const range = 'Range test:';

const rangeOptions = {
  from: {
    type: 'string',
    requiresArg: true,
    default: 1e-6,
    describe: 'Learning rate of the first step',
    group: range,
    coerce: positive('from'),
  },
  to: {
    type: 'string',
    requiresArg: true,
    default: 1,
    describe: 'Learning rate of the last step, unless the loss explodes before',
    group: range,
    coerce: positive('to'),
  },
  steps: {
    type: 'string',
    requiresArg: true,
    default: 300,
    describe: 'Steps of training, each on a batch',
    group: range,
    coerce: integer('steps', { from: 10, to: 100_000 }),
  },
} as const satisfies Record<string, Options>;

const options: Record<string, Options> = {
  ...rangeOptions,
  ...Object.fromEntries(shared.map((name) => [name, withoutDefault(trainOptions[name])])),
  out: {
    ...trainOptions.out,
    describe: 'Folder for the chart and the numbers, new or empty',
    defaultDescription: 'runs/<time>-<model>-find-lr',
  },
};

export const findLrCommand: Command = defineCommand({
  command: 'find-lr',
  describe: 'Find a learning rate: train for some steps at a rising rate, and watch the loss',
  options,
  examples: [
    ['npm run find-lr', 'for the MLP with Adam'],
    [
      'npm run find-lr -- --model cnn --optimizer sgd --momentum 0.9',
      'for the training that these flags stand for',
    ],
    ['npm run find-lr -- --optimizer sgd --to 10 --steps 1000', 'a wider range, a finer curve'],
  ],
  run: async (given) => {
    const { findLr } = await import('./find-lr.ts');
    await findLr(given as unknown as GivenFindLrArguments);
  },
});
