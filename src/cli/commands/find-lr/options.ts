import type { Options } from 'yargs';
import { integer, positive } from '../../framework/numbers.ts';
import { augmentOptionNames } from '../../options/augment-of.ts';
import { type DataArguments, dataOptions } from '../../options/data-options.ts';
import { type TableArguments, tableOptions } from '../../options/table-options.ts';
import type { GivenArguments, TrainArguments } from '../../options/train-arguments.ts';
import { trainOptions, withoutDefault } from '../../options/train-options.ts';

/** The options of `weft train` that the range test has, too: all but those about the length and the rate of a run. */
const shared: readonly (keyof TrainArguments)[] = [
  'preset',
  'model',
  'dropout',
  'init',
  ...(Object.keys(dataOptions) as (keyof DataArguments)[]),
  ...(Object.keys(tableOptions) as (keyof TableArguments)[]),
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
  ...augmentOptionNames,
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

const group = 'Range test:';

const rangeOptions = {
  from: {
    type: 'string',
    requiresArg: true,
    default: 1e-6,
    describe: 'Learning rate of the first step',
    group,
    coerce: positive('from'),
  },
  to: {
    type: 'string',
    requiresArg: true,
    default: 1,
    describe: 'Learning rate of the last step; the test ends earlier if the loss explodes',
    group,
    coerce: positive('to'),
  },
  steps: {
    type: 'string',
    requiresArg: true,
    default: 300,
    describe: 'Number of training steps, each on one batch',
    group,
    coerce: integer('steps', { from: 10, to: 100_000 }),
  },
} as const satisfies Record<keyof RangeArguments, Options>;

export const findLrOptions: Readonly<Record<string, Options>> = {
  ...rangeOptions,
  ...Object.fromEntries(shared.map((name) => [name, withoutDefault(trainOptions[name])])),
  out: {
    ...trainOptions.out,
    describe: 'Folder for the chart and the numbers, new or empty',
    defaultDescription: 'runs/<time>-<model>-find-lr',
  },
};
