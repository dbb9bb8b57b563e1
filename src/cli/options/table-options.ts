import type { Options } from 'yargs';
import { isTableFile } from '../../data/table/csv.ts';
import { type Task, tasks } from '../../data/table/target.ts';
import type { LossName } from '../../layers/loss.ts';
import { filled, real } from '../framework/numbers.ts';
import { UsageError } from '../framework/usage-error.ts';

export type TableLoss = Exclude<LossName, 'binaryCrossEntropy'>;

/** The losses of `--loss`, with the task of each. */
const taskOfLoss: Readonly<Record<TableLoss, Task>> = {
  softmaxCrossEntropy: 'classification',
  mse: 'regression',
  mae: 'regression',
  huber: 'regression',
};

/** How a table is read, and what is learned from it. */
export interface TableArguments {
  readonly target: string | undefined;
  readonly task: Task | undefined;
  readonly loss: TableLoss | undefined;
  readonly ignore: string | undefined;
  readonly categorical: string | undefined;
  readonly 'test-data': string | undefined;
  readonly 'test-split': number | undefined;
}

const group = 'Tables (--data FILE.csv):';

function text(option: string, describe: string): Options {
  return { type: 'string', requiresArg: true, coerce: filled(option), describe, group };
}

export const defaultTestSplit = 0.2;

export const tableOptions: Readonly<Record<keyof TableArguments, Options>> = {
  target: text('target', 'The column to predict'),
  task: {
    choices: tasks,
    requiresArg: true,
    describe:
      'Predict a class or a number (default: a class for texts, and for at most 20 different whole numbers)',
    group,
  },
  loss: {
    choices: Object.keys(taskOfLoss),
    requiresArg: true,
    describe: 'What training makes small (default: softmaxCrossEntropy for classes, mse for numbers)',
    group,
  },
  ignore: text('ignore', 'Columns to leave out: id,name'),
  categorical: text('categorical', 'Columns whose values are names of categories, numbers or not: zip,month'),
  'test-data': text('test-data', 'Another table of the same columns, for the test'),
  'test-split': {
    type: 'string',
    requiresArg: true,
    coerce: real('test-split', { from: 0, to: 1 }),
    describe: `Without --test-data: keep this share of the rows for the test (default: ${defaultTestSplit})`,
    group,
  },
};

/** Whether `--data` names a table, and not a folder of images. */
export function isTable(data: string | undefined): boolean {
  return data !== undefined && isTableFile(data);
}

/** `id, name` */
export function columnList(list: string | undefined): string[] {
  return list === undefined ? [] : list.split(',').map((name) => name.trim());
}

/** @throws UsageError for a loss of the other task */
export function checkLoss(loss: TableLoss | undefined, task: Task): TableLoss {
  if (loss === undefined) return task === 'classification' ? 'softmaxCrossEntropy' : 'mse';
  if (taskOfLoss[loss] === task) return loss;
  const losses = Object.entries(taskOfLoss).flatMap(([name, of]) => (of === task ? [name] : []));
  throw new UsageError(
    `--loss ${loss} is for ${taskOfLoss[loss]}, and this is a ${task}: ${losses.join(', ')}; --task chooses the other`,
  );
}
