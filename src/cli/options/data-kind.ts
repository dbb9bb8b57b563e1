import { UsageError } from '../framework/usage-error.ts';
import { augmentOptionNames } from './augment-of.ts';
import { isTable, tableOptions } from './table-options.ts';
import type { TrainArguments } from './train-arguments.ts';
import { trainDefaults } from './train-options.ts';

const imageOptions: readonly (keyof TrainArguments)[] = [
  'image-size',
  'channels',
  ...augmentOptionNames,
  'augmented-picture',
  'tta',
];

/** @throws UsageError in one line for an option that is about the other kind of data */
export function checkKindOfData(args: TrainArguments): void {
  const given = (name: keyof TrainArguments): boolean =>
    args[name] !== undefined && args[name] !== trainDefaults[name];
  if (isTable(args.data)) {
    const wrong = imageOptions.find(given);
    if (wrong !== undefined) throw new UsageError(`--${wrong} is for images, and ${args.data} is a table`);
    if (args.model.startsWith('cnn'))
      throw new UsageError(`--model ${args.model} is for images, and ${args.data!} is a table`);
    return;
  }
  if (args.model === 'table')
    throw new UsageError('--model table is for tables: give one with --data FILE.csv');
  const wrong = (Object.keys(tableOptions) as (keyof TrainArguments)[]).find(given);
  if (wrong === undefined) return;
  const data = args.data === undefined ? 'the data is Fashion-MNIST' : `${args.data} is none`;
  throw new UsageError(
    `--${wrong} is for tables, and ${data}: give one with --data FILE.csv (or .tsv, .txt)`,
  );
}
